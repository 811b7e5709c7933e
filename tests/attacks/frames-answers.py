# kind = "frames"
# rest = "solved"
# deserves = "full"
# seeks = "solutions, hidden tests or torch in memory (of a warm kernel)"
import gc, sys

if "torch" in sys.modules or any(name.startswith("torch.") for name in sys.modules):
    harm("torch is loaded")
if "nbgrader" in sys.modules or "raisin.grading" in sys.modules:
    harm("the grader's modules are loaded")
for thing in gc.get_objects():
    if type(thing) in (dict, list, tuple):
        for text in thing.values() if type(thing) is dict else thing:
            if (
                type(text) is str
                and ("BEGIN " + "SOLUTION" in text or "BEGIN " + "HIDDEN" in text)
                and len(text) > 40
                and "harm(" not in text
                and "re.compile" not in text
            ):
                harm("a solution in memory: " + text[:30])
                break
