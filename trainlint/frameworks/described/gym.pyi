"""Environments of Gym (0.26) and Gymnasium (1.2): their spaces, which decide on the layers of an agent. What an environment
observes and pays is not known.

Spaces of the environments as their documentation tells them: https://gymnasium.farama.org/environments/classic_control/ and
its siblings box2d, toy_text, mujoco; https://ale.farama.org/environments/
"""

import gym_unseen as outside
import numpy as np

def _text_of(dtype):
    """The name of a type of numbers, as its text is in a space's."""
    if dtype is np.float32:
        return "float32"
    if dtype is np.uint8:
        return "uint8"
    return "float64" if dtype is np.float64 else outside.name()

class Space:
    shape = None
    dtype = None

    def sample(self, *args, **kwargs):
        return outside.sample()

    def contains(self, x):
        return outside.contains()

    def seed(self, seed=None):
        return [seed]

class Box(Space):
    def __init__(self, low, high, shape=None, dtype=np.float32, seed=None):
        self.shape = tuple(shape) if shape is not None else np.asarray(low).shape
        self.low, self.high, self.dtype = low, high, dtype
        if np.isscalar(low):
            self.low = np.full(self.shape, low)
        if np.isscalar(high):
            self.high = np.full(self.shape, high)
        self._bounds = (low, high)

    def __str__(self):
        low, high = self._bounds
        sides = ", ".join([str(n) for n in self.shape])
        end = "," if len(self.shape) == 1 else ""
        return f"Box({low}, {high}, ({sides}{end}), {_text_of(self.dtype)})"

    def is_bounded(self, manner="both"):
        return outside.is_bounded()

class Discrete(Space):
    shape = ()

    def __init__(self, n, seed=None, start=0):
        self.n, self.start, self.dtype = n, start, np.int64

    def __str__(self):
        return f"Discrete({self.n})"

class MultiDiscrete(Space):
    def __init__(self, nvec, dtype=np.int64, seed=None, start=None):
        self.nvec = np.asarray(nvec)
        self.shape, self.dtype = self.nvec.shape, dtype

    def __str__(self):
        return f"MultiDiscrete({self.nvec})"

class MultiBinary(Space):
    def __init__(self, n, seed=None):
        self.n, self.dtype = n, np.int8
        self.shape = (n,) if np.isscalar(n) else tuple(n)

class Tuple(Space):
    def __init__(self, spaces, seed=None):
        self.spaces = tuple(spaces)

    def __getitem__(self, index):
        return self.spaces[index]

    def __iter__(self):
        return iter(self.spaces)

    def __len__(self):
        return len(self.spaces)

class Dict(Space):
    def __init__(self, spaces=None, seed=None, **named):
        self.spaces = dict(spaces if spaces is not None else {}, **named)

    def __getitem__(self, key):
        return self.spaces[key]

    def __contains__(self, key):
        return key in self.spaces

    def __iter__(self):
        return iter(self.spaces)

    def __len__(self):
        return len(self.spaces)

    def keys(self):
        return self.spaces.keys()

    def items(self):
        return self.spaces.items()

    def values(self):
        return self.spaces.values()

class Env:
    def __getattr__(self, name):
        return outside.attribute()

    def reset(self, *args, **kwargs):
        return outside.reset()

    def step(self, action):
        return outside.step(action)

    def render(self, *args, **kwargs):
        return outside.render()

    def close(self):
        return None

    def seed(self, seed=None):
        return [seed]

    @property
    def unwrapped(self):
        return self

class _Made(Env):
    def __init__(self, observation_space, action_space):
        self.observation_space, self.action_space = observation_space, action_space

class Wrapper(Env):
    def __init__(self, env, *args, **kwargs):
        self.env = env
        self.observation_space, self.action_space = env.observation_space, env.action_space

    def __getattr__(self, name):
        return getattr(self.env, name)

    def reset(self, *args, **kwargs):
        return self.env.reset(*args, **kwargs)

    def step(self, action):
        return self.env.step(action)

    @property
    def unwrapped(self):
        return self.env.unwrapped

class ObservationWrapper(Wrapper):
    def reset(self, *args, **kwargs):
        return outside.reset(self.observation(self.env.reset(*args, **kwargs)))

    def step(self, action):
        return outside.step(self.observation(self.env.step(action)))

    def observation(self, observation):
        return outside.observation()

class RewardWrapper(Wrapper):
    def reward(self, reward):
        return outside.reward()

class ActionWrapper(Wrapper):
    def step(self, action):
        return self.env.step(self.action(action))

    def action(self, action):
        return outside.action(action)

class RecordEpisodeStatistics(Wrapper): ...
class RecordVideo(Wrapper): ...
class Monitor(Wrapper): ...
class TimeLimit(Wrapper): ...
class ClipAction(Wrapper): ...
class RescaleAction(Wrapper): ...
class NormalizeObservation(Wrapper): ...
class NormalizeReward(Wrapper): ...
class ClipReward(Wrapper): ...
class TransformReward(Wrapper): ...
class OrderEnforcing(Wrapper): ...
class PassiveEnvChecker(Wrapper): ...
class AutoResetWrapper(Wrapper): ...
class Autoreset(Wrapper): ...

class TransformObservation(Wrapper):
    def __init__(self, env, f=None, observation_space=None, **kwargs):
        super().__init__(env)
        if observation_space is not None:
            self.observation_space = observation_space

class FlattenObservation(Wrapper):
    def __init__(self, env):
        super().__init__(env)
        self.observation_space = Box(-np.inf, np.inf, (int(np.prod(env.observation_space.shape)),))

class FrameStack(Wrapper):
    def __init__(self, env, num_stack, *args, **kwargs):
        super().__init__(env)
        self.observation_space = _reshaped(env, (num_stack, *env.observation_space.shape))

class FrameStackObservation(Wrapper):
    def __init__(self, env, stack_size, **kwargs):
        super().__init__(env)
        self.observation_space = _reshaped(env, (stack_size, *env.observation_space.shape))

class ResizeObservation(Wrapper):
    def __init__(self, env, shape):
        super().__init__(env)
        sides = (shape, shape) if isinstance(shape, int) else tuple(shape)
        self.observation_space = _reshaped(env, (*sides, *env.observation_space.shape[2:]))

class GrayScaleObservation(Wrapper):
    def __init__(self, env, keep_dim=False):
        super().__init__(env)
        sides = env.observation_space.shape[:2]
        self.observation_space = _reshaped(env, (*sides, 1) if keep_dim else sides)

class GrayscaleObservation(GrayScaleObservation): ...

class AtariPreprocessing(Wrapper):
    def __init__(
        self, env, noop_max=30, frame_skip=4, screen_size=84, terminal_on_life_loss=False, grayscale_obs=True,
        grayscale_newaxis=False, scale_obs=False,
    ):  # fmt: skip
        super().__init__(env)
        sides = (screen_size, screen_size) if isinstance(screen_size, int) else tuple(screen_size)
        channels = (1,) if grayscale_newaxis else ()
        self.observation_space = _reshaped(env, (*sides, *(channels if grayscale_obs else (3,))))

def _reshaped(env, shape):
    return Box(0, 255, shape, env.observation_space.dtype)

class SyncVectorEnv(Env):
    def __init__(self, env_fns, *args, **kwargs):
        self.num_envs = len(env_fns)
        self._several(env_fns[0]())

    def _several(self, env):
        self.single_observation_space, self.single_action_space = env.observation_space, env.action_space
        self.observation_space = _batched(env.observation_space, self.num_envs)
        self.action_space = _batched(env.action_space, self.num_envs)

    def step_async(self, actions):
        return None

    def step_wait(self, **kwargs):
        return outside.step()

class AsyncVectorEnv(SyncVectorEnv): ...

def _batched(space, number):
    if isinstance(space, Discrete):
        return MultiDiscrete([space.n] * number)
    if isinstance(space, Box):
        return Box(-np.inf, np.inf, (number, *space.shape), space.dtype)
    return outside.batched()

class _MadeVector(SyncVectorEnv):
    def __init__(self, env, num_envs):
        self.num_envs = num_envs
        self._several(env)

_VECTORS = {
    "CartPole-v0": (4, 2), "CartPole-v1": (4, 2), "MountainCar-v0": (2, 3), "Acrobot-v1": (6, 3),
    "LunarLander-v2": (8, 4), "LunarLander-v3": (8, 4),
}  # fmt: skip
"""Environments that observe so many numbers and take one of so many actions."""
_MOVES = {
    "MountainCarContinuous-v0": (2, 1, 1.0), "Pendulum-v0": (3, 1, 2.0), "Pendulum-v1": (3, 1, 2.0),
    "LunarLanderContinuous-v2": (8, 2, 1.0), "LunarLanderContinuous-v3": (8, 2, 1.0),
    "BipedalWalker-v2": (24, 4, 1.0), "BipedalWalker-v3": (24, 4, 1.0),
    "BipedalWalkerHardcore-v2": (24, 4, 1.0), "BipedalWalkerHardcore-v3": (24, 4, 1.0),
    "HalfCheetah-v2": (17, 6, 1.0), "HalfCheetah-v3": (17, 6, 1.0), "HalfCheetah-v4": (17, 6, 1.0),
    "HalfCheetah-v5": (17, 6, 1.0),
    "Hopper-v2": (11, 3, 1.0), "Hopper-v3": (11, 3, 1.0), "Hopper-v4": (11, 3, 1.0), "Hopper-v5": (11, 3, 1.0),
    "Walker2d-v2": (17, 6, 1.0), "Walker2d-v3": (17, 6, 1.0), "Walker2d-v4": (17, 6, 1.0), "Walker2d-v5": (17, 6, 1.0),
    "Swimmer-v2": (8, 2, 1.0), "Swimmer-v3": (8, 2, 1.0), "Swimmer-v4": (8, 2, 1.0), "Swimmer-v5": (8, 2, 1.0),
    "Ant-v2": (111, 8, 1.0), "Ant-v3": (111, 8, 1.0), "Ant-v4": (27, 8, 1.0), "Ant-v5": (105, 8, 1.0),
    "Humanoid-v2": (376, 17, 0.4), "Humanoid-v3": (376, 17, 0.4), "Humanoid-v4": (376, 17, 0.4),
    "Humanoid-v5": (348, 17, 0.4),
    "HumanoidStandup-v2": (376, 17, 0.4), "HumanoidStandup-v4": (376, 17, 0.4), "HumanoidStandup-v5": (348, 17, 0.4),
    "Reacher-v2": (11, 2, 1.0), "Reacher-v4": (11, 2, 1.0), "Reacher-v5": (10, 2, 1.0),
    "InvertedPendulum-v2": (4, 1, 3.0), "InvertedPendulum-v4": (4, 1, 3.0), "InvertedPendulum-v5": (4, 1, 3.0),
    "InvertedDoublePendulum-v2": (11, 1, 1.0), "InvertedDoublePendulum-v4": (11, 1, 1.0),
    "InvertedDoublePendulum-v5": (9, 1, 1.0),
}  # fmt: skip
"""Environments that observe so many numbers and take so many, up to a bound on either side."""
_TABLES = {
    "FrozenLake-v0": (16, 4), "FrozenLake-v1": (16, 4), "FrozenLake8x8-v0": (64, 4), "FrozenLake8x8-v1": (64, 4),
    "Taxi-v2": (500, 6), "Taxi-v3": (500, 6), "CliffWalking-v0": (48, 4), "CliffWalking-v1": (48, 4),
}  # fmt: skip
"""Environments of so many states and actions."""
_GAMES = {
    "Breakout": 4, "Pong": 6, "SpaceInvaders": 6, "Qbert": 6, "Seaquest": 18, "Enduro": 9, "BeamRider": 9,
    "MsPacman": 9, "Freeway": 3, "Boxing": 18,
}  # fmt: skip
"""Atari games with so many actions, which are seen as pictures of 210 by 160."""
_KINDS = ("NoFrameskip", "Deterministic")

def make(id, *args, **kwargs):
    continuous = kwargs.get("continuous")
    if id in _VECTORS and continuous is None:
        size, actions = _VECTORS[id]
        return _Made(Box(-np.inf, np.inf, (size,)), Discrete(actions))
    if id in _MOVES and not _changes(kwargs):
        size, actions, bound = _MOVES[id]
        return _Made(Box(-np.inf, np.inf, (size,)), Box(-bound, bound, (actions,)))
    if id in _TABLES and not _changes(kwargs):
        states, actions = _TABLES[id]
        return _Made(Discrete(states), Discrete(actions))
    if isinstance(id, str):
        game = id.split("/")[-1].split("-")[0]
        for kind in _KINDS:
            game = game.replace(kind, "")
        if game in _GAMES and not _changes(kwargs):
            return _Made(Box(0, 255, (210, 160, 3), np.uint8), Discrete(_GAMES[game]))
    return outside.make(id)

def _changes(options):
    """Whether an option may give other spaces."""
    for name in options:
        if name not in ("render_mode", "max_episode_steps", "autoreset", "disable_env_checker", "frameskip",
                        "repeat_action_probability", "is_slippery"):  # fmt: skip
            return True
    return False

def make_vec(id, num_envs=1, *args, **kwargs):
    return _MadeVector(make(id), num_envs)
