"""Layers of mmcv.cnn (2.x; 1.x alike) that its tables do not hold: transformers by config, plugins, scales."""

import torch
from mmcv.cnn import ConvModule, build_activation_layer, build_norm_layer
from mmengine.model import BaseModule, ModuleList
from mmengine.registry import MODELS
from torch import nn

class Scale(nn.Module):
    def __init__(self, scale=1.0):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(scale, dtype=torch.float))

    def forward(self, x):
        return x * self.scale

class LayerScale(nn.Module):
    def __init__(self, dim, inplace=False, data_format="channels_last", scale=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim) * scale)

    def forward(self, x):
        return x * self.weight

class NonLocal2d(nn.Module):
    def __init__(
        self,
        in_channels,
        reduction=2,
        use_scale=True,
        conv_cfg=None,
        norm_cfg=None,
        mode="embedded_gaussian",
        sub_sample=False,
        zeros_init=True,
        **kwargs,
    ):
        super().__init__()
        inner = max(in_channels // reduction, 1)
        self.mode = mode
        self.g = ConvModule(in_channels, inner, kernel_size=1, act_cfg=None)
        self.conv_out = ConvModule(inner, in_channels, kernel_size=1, norm_cfg=norm_cfg, act_cfg=None)
        if mode != "gaussian":
            self.theta = ConvModule(in_channels, inner, kernel_size=1, act_cfg=None)
            self.phi = ConvModule(in_channels, inner, kernel_size=1, act_cfg=None)

    def forward(self, x):
        values = self.g(x)
        weights = x if self.mode == "gaussian" else self.theta(x) * self.phi(x)
        return x + self.conv_out(values * torch.softmax(weights, dim=-1))

class FFN(BaseModule):
    def __init__(
        self,
        embed_dims=256,
        feedforward_channels=1024,
        num_fcs=2,
        act_cfg=dict(type="ReLU", inplace=True),
        ffn_drop=0.0,
        dropout_layer=None,
        add_identity=True,
        init_cfg=None,
        layer_scale_init_value=0.0,
        **kwargs,
    ):
        super().__init__(init_cfg)
        self.embed_dims, self.feedforward_channels, self.num_fcs = embed_dims, feedforward_channels, num_fcs
        self.add_identity = add_identity
        layers, wide = [], embed_dims
        for _ in range(num_fcs - 1):
            layers.append(
                nn.Sequential(
                    nn.Linear(wide, feedforward_channels),
                    build_activation_layer(act_cfg),
                    nn.Dropout(ffn_drop),
                )
            )
            wide = feedforward_channels
        layers.append(nn.Linear(feedforward_channels, embed_dims))
        layers.append(nn.Dropout(ffn_drop))
        self.layers = nn.Sequential(*layers)

    def forward(self, x, identity=None):
        out = self.layers(x)
        return (x if identity is None else identity) + out if self.add_identity else out

class MultiheadAttention(BaseModule):
    def __init__(
        self,
        embed_dims,
        num_heads,
        attn_drop=0.0,
        proj_drop=0.0,
        dropout_layer=None,
        init_cfg=None,
        batch_first=False,
        **kwargs,
    ):
        super().__init__(init_cfg)
        self.embed_dims, self.num_heads, self.batch_first = embed_dims, num_heads, batch_first
        self.attn = nn.MultiheadAttention(embed_dims, num_heads, attn_drop)
        self.proj_drop = nn.Dropout(proj_drop)

    def forward(
        self,
        query,
        key=None,
        value=None,
        identity=None,
        query_pos=None,
        key_pos=None,
        attn_mask=None,
        key_padding_mask=None,
        **kwargs,
    ):
        key = query if key is None else key
        value = key if value is None else value
        out = self.attn(query=query, key=key, value=value, attn_mask=attn_mask)[0]
        return (query if identity is None else identity) + self.proj_drop(out)

class BaseTransformerLayer(BaseModule):
    def __init__(
        self,
        attn_cfgs=None,
        ffn_cfgs=dict(type="FFN", embed_dims=256, feedforward_channels=1024, num_fcs=2),
        operation_order=None,
        norm_cfg=dict(type="LN"),
        init_cfg=None,
        batch_first=False,
        **kwargs,
    ):
        super().__init__(init_cfg)
        self.operation_order, self.batch_first = operation_order, batch_first
        self.pre_norm = operation_order[0] == "norm"
        self.num_attn = operation_order.count("self_attn") + operation_order.count("cross_attn")
        if isinstance(attn_cfgs, dict):
            attn_cfgs = [attn_cfgs for _ in range(self.num_attn)]
        self.attentions = ModuleList([MODELS.build(cfg) for cfg in attn_cfgs])
        self.embed_dims = self.attentions[0].embed_dims
        ffns = operation_order.count("ffn")
        if isinstance(ffn_cfgs, dict):
            ffn_cfgs = [ffn_cfgs for _ in range(ffns)]
        self.ffns = ModuleList([MODELS.build(cfg) for cfg in ffn_cfgs])
        self.norms = ModuleList(
            [build_norm_layer(norm_cfg, self.embed_dims)[1] for _ in range(operation_order.count("norm"))]
        )

    def forward(
        self,
        query,
        key=None,
        value=None,
        query_pos=None,
        key_pos=None,
        attn_masks=None,
        query_key_padding_mask=None,
        key_padding_mask=None,
        **kwargs,
    ):
        norm = attention = ffn = 0
        for step in self.operation_order:
            if step == "norm":
                query = self.norms[norm](query)
                norm += 1
            elif step == "ffn":
                query = self.ffns[ffn](query)
                ffn += 1
            else:
                own = step == "self_attn"
                query = self.attentions[attention](
                    query, query if own else key, query if own else value, **kwargs
                )
                attention += 1
        return query

class TransformerLayerSequence(BaseModule):
    def __init__(self, transformerlayers=None, num_layers=None, init_cfg=None):
        super().__init__(init_cfg)
        if isinstance(transformerlayers, dict):
            transformerlayers = [transformerlayers for _ in range(num_layers)]
        self.num_layers = num_layers
        self.layers = ModuleList([MODELS.build(cfg) for cfg in transformerlayers])
        self.embed_dims = self.layers[0].embed_dims
        self.pre_norm = self.layers[0].pre_norm

    def forward(self, query, key, value, **kwargs):
        for layer in self.layers:
            query = layer(query, key, value, **kwargs)
        return query
