"""07-training-study: what typical mistakes give, from the network to the best setting."""

from raisin.lab.mistakes.n07_best import BEST
from raisin.lab.mistakes.n07_evaluate import EVALUATE
from raisin.lab.mistakes.n07_grid import GRID, TABLE
from raisin.lab.mistakes.n07_network import DEVICE, NETWORK, TIMED
from raisin.lab.mistakes.n07_runs import RUNS
from raisin.lab.mistakes.n07_train import EPOCH, TRAIN

MISTAKES = (*NETWORK, *DEVICE, *EPOCH, *TRAIN, *EVALUATE, *TIMED, *GRID, *TABLE, *RUNS, *BEST)
