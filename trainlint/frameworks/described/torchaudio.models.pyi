"""Networks of torchaudio (2.x) as its documentation describes them."""

import torch.nn.functional as F
from torch import nn

def _feed_forward(wide, hidden, dropout):
    return nn.Sequential(
        nn.LayerNorm(wide),
        nn.Linear(wide, hidden),
        nn.SiLU(),
        nn.Dropout(dropout),
        nn.Linear(hidden, wide),
        nn.Dropout(dropout),
    )

class _ConformerLayer(nn.Module):
    def __init__(self, wide, hidden, heads, kernel, dropout, group_norm, convolution_first):
        super().__init__()
        self.convolution_first = convolution_first
        self.ffn1 = _feed_forward(wide, hidden, dropout)
        self.self_attn_layer_norm = nn.LayerNorm(wide)
        self.self_attn = nn.MultiheadAttention(wide, heads, dropout=dropout)
        self.self_attn_dropout = nn.Dropout(dropout)
        self.conv_norm = nn.LayerNorm(wide)
        self.conv_module = nn.Sequential(
            nn.Conv1d(wide, 2 * wide, 1),
            nn.GLU(dim=1),
            nn.Conv1d(wide, wide, kernel, padding=(kernel - 1) // 2, groups=wide),
            nn.GroupNorm(1, wide) if group_norm else nn.BatchNorm1d(wide),
            nn.SiLU(),
            nn.Conv1d(wide, wide, 1),
            nn.Dropout(dropout),
        )
        self.ffn2 = _feed_forward(wide, hidden, dropout)
        self.final_layer_norm = nn.LayerNorm(wide)

    def convolved(self, x):
        out = self.conv_norm(x.transpose(0, 1)).transpose(1, 2)
        return x + self.conv_module(out).transpose(1, 2).transpose(0, 1)

    def forward(self, x, key_padding_mask=None):
        x = self.ffn1(x) * 0.5 + x
        if self.convolution_first:
            x = self.convolved(x)
        normed = self.self_attn_layer_norm(x)
        out, _ = self.self_attn(normed, normed, normed, need_weights=False)
        x = self.self_attn_dropout(out) + x
        if not self.convolution_first:
            x = self.convolved(x)
        x = self.ffn2(x) * 0.5 + x
        return self.final_layer_norm(x)

class Conformer(nn.Module):
    def __init__(
        self,
        input_dim,
        num_heads,
        ffn_dim,
        num_layers,
        depthwise_conv_kernel_size,
        dropout=0.0,
        use_group_norm=False,
        convolution_first=False,
    ):
        super().__init__()
        self.conformer_layers = nn.ModuleList(
            [
                _ConformerLayer(
                    input_dim,
                    ffn_dim,
                    num_heads,
                    depthwise_conv_kernel_size,
                    dropout,
                    use_group_norm,
                    convolution_first,
                )
                for _ in range(num_layers)
            ]
        )

    def forward(self, input, lengths):
        x = input.transpose(0, 1)
        for layer in self.conformer_layers:
            x = layer(x)
        return x.transpose(0, 1), lengths

class _ConvBlock(nn.Module):
    def __init__(self, wide, hidden, kernel, dilation, last):
        super().__init__()
        self.conv_layers = nn.Sequential(
            nn.Conv1d(wide, hidden, 1),
            nn.PReLU(),
            nn.GroupNorm(1, hidden),
            nn.Conv1d(hidden, hidden, kernel, padding=dilation, dilation=dilation, groups=hidden),
            nn.PReLU(),
            nn.GroupNorm(1, hidden),
        )
        self.res_out = None if last else nn.Conv1d(hidden, wide, 1)
        self.skip_out = nn.Conv1d(hidden, wide, 1)

    def forward(self, x):
        feature = self.conv_layers(x)
        residual = None if self.res_out is None else self.res_out(feature)
        return residual, self.skip_out(feature)

class ConvTasNet(nn.Module):
    def __init__(
        self,
        num_sources=2,
        enc_kernel_size=16,
        enc_num_feats=512,
        msk_kernel_size=3,
        msk_num_feats=128,
        msk_num_hidden_feats=512,
        msk_num_layers=8,
        msk_num_stacks=3,
        msk_activate="sigmoid",
    ):
        super().__init__()
        self.num_sources, self.enc_num_feats = num_sources, enc_num_feats
        stride = enc_kernel_size // 2
        self.encoder = nn.Conv1d(1, enc_num_feats, enc_kernel_size, stride, stride, bias=False)
        self.input_norm = nn.GroupNorm(1, enc_num_feats)
        self.input_conv = nn.Conv1d(enc_num_feats, msk_num_feats, 1)
        last = msk_num_stacks * msk_num_layers - 1
        self.conv_layers = nn.ModuleList(
            [
                _ConvBlock(
                    msk_num_feats, msk_num_hidden_feats, msk_kernel_size, 2 ** (n % msk_num_layers), n == last
                )
                for n in range(last + 1)
            ]
        )
        self.output_prelu = nn.PReLU()
        self.output_conv = nn.Conv1d(msk_num_feats, enc_num_feats * num_sources, 1)
        self.mask_activate = nn.Sigmoid() if msk_activate == "sigmoid" else nn.ReLU()
        self.decoder = nn.ConvTranspose1d(enc_num_feats, 1, enc_kernel_size, stride, stride, bias=False)

    def forward(self, input):
        feats = self.encoder(input)
        x, output = self.input_conv(self.input_norm(feats)), 0.0
        for layer in self.conv_layers:
            residual, skip = layer(x)
            if residual is not None:
                x = x + residual
            output = output + skip
        mask = self.mask_activate(self.output_conv(self.output_prelu(output)))
        mask = mask.view(input.shape[0], self.num_sources, self.enc_num_feats, -1)
        masked = (mask * feats.unsqueeze(1)).view(input.shape[0] * self.num_sources, self.enc_num_feats, -1)
        return self.decoder(masked).view(input.shape[0], self.num_sources, -1)

def conv_tasnet_base(num_sources=2):
    return ConvTasNet(num_sources, msk_activate="relu")

class Wav2Letter(nn.Module):
    def __init__(self, num_classes=40, input_type="waveform", num_features=1):
        super().__init__()
        layers = []
        if input_type == "waveform":
            layers += [nn.Conv1d(num_features, 250, 250, stride=160, padding=45), nn.ReLU(inplace=True)]
        wide = 250 if input_type == "waveform" else num_features
        layers += [nn.Conv1d(wide, 250, 48, stride=2, padding=23), nn.ReLU(inplace=True)]
        for _ in range(7):
            layers += [nn.Conv1d(250, 250, 7, padding=3), nn.ReLU(inplace=True)]
        layers += [nn.Conv1d(250, 2000, 32, padding=16), nn.ReLU(inplace=True)]
        layers += [nn.Conv1d(2000, 2000, 1), nn.ReLU(inplace=True)]
        layers += [nn.Conv1d(2000, num_classes, 1), nn.ReLU(inplace=True)]
        self.acoustic_model = nn.Sequential(*layers)

    def forward(self, x):
        return F.log_softmax(self.acoustic_model(x), dim=1)

class _FullyConnected(nn.Module):
    def __init__(self, wide, hidden, dropout):
        super().__init__()
        self.fc, self.dropout = nn.Linear(wide, hidden), nn.Dropout(dropout)

    def forward(self, x):
        return self.dropout(F.relu(self.fc(x)).clamp(max=20))

class DeepSpeech(nn.Module):
    def __init__(self, n_feature, n_hidden=2048, n_class=40, dropout=0.0):
        super().__init__()
        self.n_hidden = n_hidden
        self.fc1 = _FullyConnected(n_feature, n_hidden, dropout)
        self.fc2 = _FullyConnected(n_hidden, n_hidden, dropout)
        self.fc3 = _FullyConnected(n_hidden, n_hidden, dropout)
        self.bi_rnn = nn.RNN(n_hidden, n_hidden, num_layers=1, nonlinearity="relu", bidirectional=True)
        self.fc4 = _FullyConnected(n_hidden, n_hidden, dropout)
        self.out = nn.Linear(n_hidden, n_class)

    def forward(self, x):
        x = self.fc3(self.fc2(self.fc1(x))).squeeze(1).transpose(0, 1)
        x, _ = self.bi_rnn(x)
        x = x[:, :, : self.n_hidden] + x[:, :, self.n_hidden :]
        return F.log_softmax(self.out(self.fc4(x)).permute(1, 0, 2), dim=2)
