"""Limits of one evaluation, counted in steps so that results do not depend on the machine."""

from __future__ import annotations

MAX_STEPS = 400_000
"""Steps (statements and expressions) for one program; a training script of 1,000 lines takes about 50,000."""
MAX_STEPS_ALONE = 100_000
"""Steps for one function or class that no run reaches: tests and environments that set up everything that a training run
has take 50,000 to 90,000."""
STEPS_FOR_LAYER = 200
"""Steps that each layer adds to the limit of what builds it: a network of a thousand layers, of classes that prepare and
check much, takes as many."""
MAX_STEPS_LAYERS = 100_000
"""All that layers add to the limit of one root."""
MAX_STEPS_REST = 40_000
"""Steps for all that is run alone in one file; the largest files of network zoos end here, with a gap noted."""
MAX_STEPS_FUNCTION = 5_000
"""Steps that all calls of one function may take together in a program while they record nothing of training and
set no parameter (counted anew after one that does): string distances and type conversions, not layers or loops."""
STEPS_OF_CHEAP = 60
MAX_STEPS_CHEAP = 20_000
"""The same for a function whose calls take so few each, on average: it asks for a rank or a lazy module, hundreds of times."""
MAX_STEPS_GENERATOR = 20_000
"""The same for a generator, and for a method that gives the next element: what reads files in batches is asked for statistics
first, and for the training's batches last."""
MAX_STEPS_SETTINGS = 40_000
"""The same for a function that makes what a program is set up with: it registers, makes objects or reads one setting."""
MAX_STEPS_MAPPINGS = 80_000
"""The same for a function that is given mappings and no network: one that merges settings of several levels into each other, or
makes a mapping of settings of another, takes dozens of steps a key, for each of the parts that bring defaults, and without it
a program is lost as a whole."""
MOST_NETWORKS = 4
"""How many times that much a function may take where it is given further whole networks (those of a GAN)."""
MAX_STEPS_FORWARD = 50_000
"""The same for what runs in forward passes: a layer of one's own is applied a dozen times in each of several passes."""
MAX_STEPS_PASSES = 70_000
"""All that layers add to it, `STEPS_FOR_LAYER` each: half a dozen passes are seen of a network that training, an inner loop and
an evaluation call in one epoch of two batches each, at ten to fifteen steps a layer."""
MAX_STEPS_LOOP = 20_000
"""Steps that the passes of a loop over a known sequence may take while they record nothing of training and set
no parameter; from then on one more pass stands for all later ones. Tables of a thousand entries take about 15,000."""
MAX_STEPS_WHILE = 5_000
"""The same for a `while` loop, whose number of passes is not known."""
MAX_STEPS_DECORATING = 1_000
"""Steps after which a decorator's calls are not followed: wrapping or registering takes a few dozen, writing a class's
documentation thousands."""
MAX_STEPS_MODULE = 20_000
"""Steps that a module may take when a function that is run alone is the first to need it; they are not the function's,
since what comes later finds the module there. Tables of a thousand settings take about 5,000."""
MAX_STEPS_REHEARSED = 10_000
"""Steps for trying the networks of a file that nothing calls, whatever was run alone before: one of a few
layers takes tens."""
SOFT_STEPS_ALONE = 3_000
"""Steps after which a function run alone must have shown something of a training run to go on."""
SOFT_STEPS_TRAINING = 12_000
"""The same for a function or method that comes to what trains through others of its file or object: what it prepares may take a while."""
SOFT_STEPS_PLAIN = 800
"""The same for one whose words, and those of what it uses, name nothing of training (see `worth`)."""
MOST_STEPS_BETWEEN = 30_000
"""Steps of something run alone that has shown something of training, within which it must show more, or apply a layer."""
MAX_DEPTH = 48
"""Calls of local functions within each other."""
MAX_RECURSION = 4
"""Times that one function may stand in the call stack."""
MAX_STEPS_RECURSION = 20_000
"""Steps that a call may take, and `STEPS_FOR_LAYER` for each layer built in it, until its function is not entered again
within it; `MAX_STEPS_FUNCTION` where it has recorded nothing of training. A walk over a network of a thousand modules takes as
many; objects that start others of their own kind, each in several ways, take ten times that."""
MAX_COMPOSED = 16
"""The same for functions that one definition makes, each over other ones."""
MAX_UNROLL = 64
"""Passes of a loop over a known sequence that are all evaluated."""
MAX_PICKED = 256
"""Elements that a comprehension goes through whole where it only picks them: the options of a large configuration."""
MAX_LINES = 2_000
"""Lines of a text file that loops and comprehensions go through one by one: the network that Darknet's file writes down."""
MAX_ALTERNATIVES = 6
"""Alternatives that one value may have before it counts as not known."""
MAX_SECONDS = 9.0
"""Processor time for one program; only a last guard, far above what the steps take."""
MAX_NODES = 60_000
"""Nodes of the data-flow graph."""
FINISH_NODES = 100_000
FINISH_STEPS = 1_000_000
"""Tying up what a program left behind must not fail where the evaluation ended early for want of budget."""


CHECK_TIME = 0x3FFF
"""Mask of steps between two looks at the clock."""
CHECK_INTERRUPTION = 0xFF
"""Mask of steps between two looks at whether anybody still wants the result: about a millisecond."""


class BudgetExceeded(Exception):  # noqa: N818 - it is no error of the user's
    """The evaluation took more steps than it may; what was found so far stands."""


class OutOfTime(BudgetExceeded):
    """The last guard: processor time. It is reported as a gap, since results then depend on the machine."""


class Interrupted(BaseException):
    """Nobody wants the result any more. Not an Exception, so that nothing takes it for a failure and goes on."""
