"""06-raisin-mlp: what typical mistakes give, from the raisins to fit."""

from raisin.lab.mistakes.n06_fit import FIT
from raisin.lab.mistakes.n06_labels import LABELS
from raisin.lab.mistakes.n06_loss import LOSS
from raisin.lab.mistakes.n06_network import INIT, NETWORK
from raisin.lab.mistakes.n06_predict import PREDICT
from raisin.lab.mistakes.n06_prepare import SCALED
from raisin.lab.mistakes.n06_sigmoid import SIGMOID
from raisin.lab.mistakes.n06_tanh import TANH
from raisin.lab.mistakes.n06_traces import TRACES

MISTAKES = (*LABELS, *SCALED, *TRACES, *TANH, *SIGMOID, *LOSS, *INIT, *NETWORK, *PREDICT, *FIT)
