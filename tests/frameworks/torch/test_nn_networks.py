"""Whole networks, run by torch and evaluated abstractly: the same layers in the same order, with the same shapes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.frameworks.torch.nn_programs import HEADER, evaluate
from trainlint.facts.graph import Op

torch = pytest.importorskip("torch")

NETWORKS = {
    "encoder and decoder with skips": """
class Double(nn.Sequential):
    def __init__(self, a, b):
        super().__init__(nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU(inplace=True))

class Cells(nn.Module):
    def __init__(self, widths=(4, 8, 16)):
        super().__init__()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        size = 3
        for width in widths:
            self.down.append(Double(size, width))
            size = width
        for width in reversed(widths[:-1]):
            self.up.append(nn.ConvTranspose2d(size, width, 2, 2))
            self.up.append(Double(2 * width, width))
            size = width
        self.out = nn.Conv2d(size, 1, 1)

    def forward(self, x):
        kept = []
        for i, block in enumerate(self.down):
            x = block(x)
            if i < len(self.down) - 1:
                kept.append(x)
                x = F.max_pool2d(x, 2)
        for i in range(0, len(self.up), 2):
            x = self.up[i](x)
            x = self.up[i + 1](torch.cat([kept[-1 - i // 2], x], dim=1))
        return self.out(x)

net, inputs = Cells(), (torch.randn(2, 3, 16, 16),)
""",
    "residual blocks with a projection": """
class Block(nn.Module):
    expansion = 2
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        mid = cout // self.expansion
        self.conv1 = nn.Conv2d(cin, mid, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(mid)
        self.conv2 = nn.Conv2d(mid, cout, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.relu = nn.ReLU()
        self.shortcut = nn.Identity() if stride == 1 and cin == cout else nn.Conv2d(cin, cout, 1, stride)

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += self.shortcut(x)
        return self.relu(out)

class Stages(nn.Module):
    def __init__(self, depths, classes):
        super().__init__()
        self.cin = 8
        self.stem = nn.Conv2d(3, 8, 3, 2, 1)
        for number, depth in enumerate(depths):
            setattr(self, f"stage{number}", self._stage(8 * 2**number, depth, 1 if number == 0 else 2))
        self.depth = len(depths)
        self.pool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(self.cin, classes)

    def _stage(self, width, depth, stride):
        strides = [stride] + [1] * (depth - 1)
        layers = []
        for s in strides:
            layers.append(Block(self.cin, width, s))
            self.cin = width
        return nn.Sequential(*layers)

    def forward(self, x):
        x = self.stem(x)
        for number in range(self.depth):
            x = getattr(self, f"stage{number}")(x)
        return self.fc(torch.flatten(self.pool(x), 1))

net, inputs = Stages([1, 2, 2], 5), (torch.randn(2, 3, 32, 32),)
""",
    "attention written by hand": """
class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.scale = heads, (width // heads) ** -0.5
        self.qkv, self.proj = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width)
        self.drop = nn.Dropout(0.1)

    def forward(self, x):
        b, n, c = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        scores = (q @ k.transpose(-2, -1)) * self.scale
        x = self.drop(scores.softmax(dim=-1)) @ v
        return self.proj(x.transpose(1, 2).reshape(b, n, c))

class Patches(nn.Module):
    def __init__(self, width=16, depth=2, size=16, patch=4):
        super().__init__()
        self.embed = nn.Conv2d(3, width, patch, patch)
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.place = nn.Parameter(torch.randn(1, 1 + (size // patch) ** 2, width) * 0.02)
        self.blocks = nn.ModuleList([
            nn.ModuleDict({
                "norm1": nn.LayerNorm(width), "attention": Attention(width, 4), "norm2": nn.LayerNorm(width),
                "mlp": nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)),
            }) for _ in range(depth)
        ])
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 3)

    def forward(self, x):
        x = self.embed(x).flatten(2).transpose(1, 2)
        x = torch.cat((self.token.expand(x.size(0), -1, -1), x), dim=1) + self.place
        for block in self.blocks:
            x = x + block["attention"](block["norm1"](x))
            x = x + block["mlp"](block["norm2"](x))
        return self.head(self.norm(x)[:, 0])

net, inputs = Patches(), (torch.randn(2, 3, 16, 16),)
""",
    "recurrent with attention over time": """
class Tagger(nn.Module):
    def __init__(self, words, width, hidden, tags, cell="lstm"):
        super().__init__()
        self.embedding = nn.Embedding(words, width, padding_idx=0)
        self.rnn = {"lstm": nn.LSTM, "gru": nn.GRU}[cell](width, hidden, 2, batch_first=True, bidirectional=True)
        self.score = nn.Linear(2 * hidden, 1)
        self.out = nn.Sequential(OrderedDict(drop=nn.Dropout(0.3), fc=nn.Linear(2 * hidden, tags)))

    def forward(self, tokens):
        outputs, _ = self.rnn(self.embedding(tokens))
        weights = torch.softmax(self.score(torch.tanh(outputs)).squeeze(-1), dim=1)
        pooled = torch.sum(outputs * weights.unsqueeze(-1), dim=1)
        return self.out(pooled)

net, inputs = Tagger(50, 8, 6, 4), (torch.randint(0, 50, (3, 7)),)
""",
    "gates and squeeze-excitation": """
class Excite(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc = nn.Sequential(nn.Linear(width, width // 2), nn.ReLU(), nn.Linear(width // 2, width), nn.Sigmoid())

    def forward(self, x):
        return x * self.fc(x.mean((2, 3)))[:, :, None, None]

class Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 8, 3, groups=1), nn.SiLU(), Excite(8), nn.MaxPool2d(2))
        self.flat, self.value, self.gate = nn.Flatten(), nn.LazyLinear(4), nn.LazyLinear(4)

    def forward(self, x):
        h = self.flat(self.body(x))
        return self.value(h) * torch.sigmoid(self.gate(h))

net, inputs = Gated(), (torch.randn(2, 3, 10, 10),)
""",
    "variational autoencoder": """
def mlp(*sizes, act=nn.LeakyReLU):
    layers = []
    for i, (a, b) in enumerate(zip(sizes, sizes[1:])):
        layers.append(nn.Linear(a, b))
        if i < len(sizes) - 2:
            layers.append(act(0.2))
    return nn.Sequential(*layers)

class VAE(nn.Module):
    def __init__(self, size=36, latent=3):
        super().__init__()
        self.encoder, self.decoder = mlp(size, 16, 2 * latent), mlp(latent, 16, size)

    def encode(self, x):
        return self.encoder(x.flatten(1)).chunk(2, dim=1)

    @staticmethod
    def sample(mean, spread):
        return mean + torch.randn_like(spread) * torch.exp(0.5 * spread)

    def forward(self, x):
        mean, spread = self.encode(x)
        return self.decoder(self.sample(mean, spread)).view_as(x)

net, inputs = VAE(), (torch.rand(4, 1, 6, 6),)
""",
    "mixing, shuffling, dense concatenation": """
class Dense(nn.Module):
    def __init__(self, cin, growth, count):
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Sequential(nn.GroupNorm(1, cin + i * growth), nn.ELU(), nn.Conv2d(cin + i * growth, growth, 3, padding=1))
            for i in range(count)
        )

    def forward(self, x):
        features = [x]
        for layer in self.layers:
            features.append(layer(torch.cat(features, 1)))
        return torch.cat(features, 1)

class Enlarge(nn.Module):
    def __init__(self, factor=2):
        super().__init__()
        self.head = nn.Conv2d(1, 4, 5, padding="same")
        self.dense = Dense(4, 2, 3)
        self.tail = nn.Sequential(nn.Conv2d(10, factor**2, 1), nn.PixelShuffle(factor), nn.PReLU(), nn.Hardtanh())

    def forward(self, x):
        small = self.dense(self.head(x))
        return self.tail(small) + F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)

net, inputs = Enlarge(), (torch.randn(1, 1, 8, 8),)
""",
}


def run_torch(code: str) -> tuple[list[str], list[tuple[int, ...]], tuple[int, ...]]:
    """Class and output shape of every leaf module in order of calls, and the shape of the result."""
    scope: dict[str, Any] = {}
    exec(HEADER + code, scope)
    names: list[str] = []
    shapes: list[tuple[int, ...]] = []

    def note(layer: Any, args: Any, output: Any) -> None:
        if not isinstance(layer, torch.nn.Identity):
            names.append(type(layer).__name__)
            shapes.append(tuple((output[0] if isinstance(output, tuple) else output).shape))

    for layer in scope["net"].modules():
        if type(layer).__module__.startswith("torch.nn") and not list(layer.children()):
            layer.register_forward_hook(note)
    result = scope["net"](*scope["inputs"])
    return names, shapes, tuple(result.shape)


@pytest.mark.parametrize("name", NETWORKS)
def test_layers_in_order_with_their_shapes(name: str) -> None:
    code = NETWORKS[name]
    names, shapes, final = run_torch(code + "net.eval()\n")
    program = evaluate(code + "y = net(*inputs)\n")
    found = [
        n
        for n in program.graph.nodes
        if n.module is not None
        and n.op not in (Op.PARAMETER, Op.INDEX)
        and n.module.qualname.startswith("torch.nn")
    ]
    made = [n.module.qualname.rpartition(".")[2].replace("Lazy", "") for n in found if n.module is not None]
    assert made == names
    for node, shape in zip(found, shapes, strict=True):
        if node.shape is not None:
            assert len(node.shape) == len(shape)
            assert all(a in (None, b) for a, b in zip(node.shape, shape, strict=True)), node
    (call,) = (c for c in program.calls if c.parent is None)
    assert len(call.outputs) == 1
    output = call.outputs[0].shape
    assert output is None or all(a in (None, b) for a, b in zip(output, final, strict=True))
    assert not any(n.op is Op.UNKNOWN for n in program.graph.nodes)
    assert sum(n.shape is None for n in found) <= len(found) // 3, [n for n in found if n.shape is None]
