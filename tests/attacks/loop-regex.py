# kind = "loops"
# rest = "solved"
# deserves = "full"
# seconds = 200
# seeks = "a loop in C that no interrupt reaches"
import re

re.match(r"(a+)+$", "a" * 60 + "b")
