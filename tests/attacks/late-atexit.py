# kind = "forged"
# deserves = "none"
# seeks = "messages and prints as the kernel ends"
import atexit, sys, time


def last():
    from IPython.display import display

    for _ in range(100):
        display({"text/plain": "10.0"}, raw=True)
        print("10.0")
    time.sleep(60)
    sys.exit(0)


atexit.register(last)
get_ipython().kernel.atexit = last
