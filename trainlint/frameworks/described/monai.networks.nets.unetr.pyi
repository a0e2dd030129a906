"""Networks of MONAI (1.x) that attend to patches."""

import torch
from monai.networks.blocks import (
    TransformerBlock,
    UnetBasicBlock,
    UnetOutBlock,
    UnetResBlock,
    UnetUpBlock,
    conv,
    plain,
)
from torch import nn

class ViT(nn.Module):
    def __init__(
        self,
        in_channels,
        img_size,
        patch_size,
        hidden_size=768,
        mlp_dim=3072,
        num_layers=12,
        num_heads=12,
        proj_type="conv",
        pos_embed_type="learnable",
        classification=False,
        num_classes=2,
        dropout_rate=0.0,
        spatial_dims=3,
        post_activation="Tanh",
        qkv_bias=False,
        save_attn=False,
    ):
        super().__init__()
        self.patch_embeddings = conv(spatial_dims, in_channels, hidden_size, patch_size, stride=patch_size)
        self.position_embeddings = nn.Parameter(
            nn.init.trunc_normal_(torch.zeros(1, 1, hidden_size), std=0.02)
        )
        self.dropout = nn.Dropout(dropout_rate)
        self.blocks = nn.ModuleList(
            [
                TransformerBlock(hidden_size, mlp_dim, num_heads, dropout_rate, qkv_bias)
                for _ in range(num_layers)
            ]
        )
        self.norm, self.classification = nn.LayerNorm(hidden_size), classification
        if classification:
            self.cls_token = nn.Parameter(torch.zeros(1, 1, hidden_size))
            head = nn.Linear(hidden_size, num_classes)
            self.classification_head = nn.Sequential(head, nn.Tanh()) if post_activation == "Tanh" else head

    def forward(self, x):
        x = self.patch_embeddings(x).flatten(2).transpose(-1, -2)
        x, states = self.dropout((x + self.position_embeddings)[torch.arange(2)]), []
        for block in self.blocks:
            x = block(x)
            states.append(x)
        x = self.norm(x)
        return (self.classification_head(x[:, 0]) if self.classification else x), states

class _PrUpBlock(nn.Module):
    def __init__(self, dims, wide, out, count, norm, conv_block, res_block):
        super().__init__()
        self.transp_conv_init = plain(dims, wide, out, 2, 2, False, True)
        self.blocks = nn.ModuleList()
        for _ in range(count):
            self.blocks.append(plain(dims, out, out, 2, 2, False, True))
            if conv_block:
                block = UnetResBlock if res_block else UnetBasicBlock
                self.blocks.append(block(dims, out, out, 3, 1, norm))

    def forward(self, x):
        x = self.transp_conv_init(x)
        for block in self.blocks:
            x = block(x)
        return x

class UNETR(nn.Module):
    def __init__(
        self,
        in_channels,
        out_channels,
        img_size,
        feature_size=16,
        hidden_size=768,
        mlp_dim=3072,
        num_heads=12,
        proj_type="conv",
        norm_name="instance",
        conv_block=True,
        res_block=True,
        dropout_rate=0.0,
        spatial_dims=3,
        qkv_bias=False,
        save_attn=False,
        pos_embed="conv",
    ):
        super().__init__()
        dims, wide = spatial_dims, feature_size
        self.vit = ViT(
            in_channels,
            img_size,
            16,
            hidden_size,
            mlp_dim,
            12,
            num_heads,
            dropout_rate=dropout_rate,
            spatial_dims=dims,
            qkv_bias=qkv_bias,
        )
        block = UnetResBlock if res_block else UnetBasicBlock
        self.encoder1 = block(dims, in_channels, wide, 3, 1, norm_name)
        rest = (norm_name, conv_block, res_block)
        self.encoder2 = _PrUpBlock(dims, hidden_size, wide * 2, 2, *rest)
        self.encoder3 = _PrUpBlock(dims, hidden_size, wide * 4, 1, *rest)
        self.encoder4 = _PrUpBlock(dims, hidden_size, wide * 8, 0, *rest)
        self.decoder5 = UnetUpBlock(dims, hidden_size, wide * 8, 3, 1, 2, norm_name, res_block=res_block)
        self.decoder4 = UnetUpBlock(dims, wide * 8, wide * 4, 3, 1, 2, norm_name, res_block=res_block)
        self.decoder3 = UnetUpBlock(dims, wide * 4, wide * 2, 3, 1, 2, norm_name, res_block=res_block)
        self.decoder2 = UnetUpBlock(dims, wide * 2, wide, 3, 1, 2, norm_name, res_block=res_block)
        self.out = UnetOutBlock(dims, wide, out_channels)

    def proj_feat(self, x):
        return x.transpose(1, 2)[torch.arange(2)]

    def forward(self, x_in):
        x, states = self.vit(x_in)
        enc1 = self.encoder1(x_in)
        enc2 = self.encoder2(self.proj_feat(states[3]))
        enc3 = self.encoder3(self.proj_feat(states[6]))
        enc4 = self.encoder4(self.proj_feat(states[9]))
        dec3 = self.decoder5(self.proj_feat(x), enc4)
        dec1 = self.decoder3(self.decoder4(dec3, enc3), enc2)
        return self.out(self.decoder2(dec1, enc1))
