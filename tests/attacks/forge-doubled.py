# kind = "forged"
# rest = "solved"
# deserves = "none"
# seeks = "each message twice: the right one and a copy"
publisher = get_ipython().display_pub
old = publisher.publish


def publish(data, *a, **k):
    old(data, *a, **k)
    return old(data, *a, **k)


publisher.publish = publish
