# kind = "patching"
# deserves = "none"
# seeks = "another module in the place of lab"
import sys, types, os

fake = types.ModuleType("raisin.lab")


def decorator(what, *a, **k):
    from IPython.display import display

    display(
        {
            "application/vnd.raisin.values+json": {
                "nonce": os.environ.get("RAISIN_NONCE"),
                "what": what,
                "inputs": "",
                "value": {"none": True},
                "lines": [],
                "drawn": [],
                "raised": "",
            }
        },
        raw=True,
    )
    return lambda function: None


fake.same_as_torch = fake.equal = fake.raises = fake.agreement = decorator
fake.add_to = lambda c: lambda f: f
fake.show = lambda *a, **k: None
for name in [n for n in sys.modules if n.startswith("raisin")]:
    del sys.modules[name]
sys.modules["raisin.lab"] = fake
lab = fake
