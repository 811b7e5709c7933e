"""09-lenet: what typical mistakes give, from relu to the training loop."""

from raisin.lab.mistakes.n09_conv import CONVOLUTIONS
from raisin.lab.mistakes.n09_loss import LOSSES
from raisin.lab.mistakes.n09_net import NETS, PATHS, TRAININGS, UPDATES
from raisin.lab.mistakes.n09_pool import POOLS
from raisin.lab.mistakes.n09_shapes import RELUS, SHAPES
from raisin.lab.mistakes.n09_windows import WINDOWS

MISTAKES = (*RELUS, *SHAPES, *WINDOWS, *CONVOLUTIONS, *POOLS, *LOSSES, *NETS, *PATHS, *UPDATES, *TRAININGS)
