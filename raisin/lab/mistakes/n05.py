"""05-sgd: what typical mistakes in the optimizers, the training and the relative difference give."""

from raisin.lab.mistakes.n05_difference import DIFFERENCES
from raisin.lab.mistakes.n05_momentum import MOMENTA
from raisin.lab.mistakes.n05_sgd import RULES, SGD_FORMS, WITHOUT, mistake
from raisin.lab.mistakes.paper import standing, training
from raisin.lab.mistakes.regression_forms import FORMS, LOSSES_FACTOR, LOSSES_LENGTH, shuffle
from raisin.lab.mistakes.regression_steps import STEPS
from raisin.lab.mistakes.regression_trainings import TRAININGS, checked

MISTAKES = (
    *FORMS,
    *SGD_FORMS,
    *RULES,
    *MOMENTA,
    *DIFFERENCES,
    *(mistake(words, "train_", train_step=standing(taken), train_regression=training(taken)) for words, taken in STEPS),
    *(mistake(words, *checked(words), train_regression=walked) for words, walked in TRAININGS),
    LOSSES_FACTOR,
    LOSSES_LENGTH,
    shuffle(WITHOUT),
)
