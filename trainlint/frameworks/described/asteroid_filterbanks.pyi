"""asteroid_filterbanks: learned and fixed filterbanks as encoders and decoders of waveforms."""

import torch
from torch import nn

class Filterbank(nn.Module):
    def __init__(self, n_filters, kernel_size, stride=None, sample_rate=8000.0):
        super().__init__()
        self.n_filters, self.kernel_size, self.sample_rate = n_filters, kernel_size, sample_rate
        self.stride = stride if stride else kernel_size // 2
        self.n_feats_out = n_filters

class FreeFB(Filterbank):
    def __init__(self, n_filters, kernel_size, stride=None, sample_rate=8000.0, **kwargs):
        super().__init__(n_filters, kernel_size, stride=stride, sample_rate=sample_rate)
        self._filters = nn.Parameter(torch.ones(n_filters, 1, kernel_size))
        for p in self.parameters():
            nn.init.xavier_normal_(p)

    def filters(self):
        return self._filters

class AnalyticFreeFB(Filterbank):
    def __init__(self, n_filters, kernel_size, stride=None, sample_rate=8000.0, **kwargs):
        super().__init__(n_filters, kernel_size, stride=stride, sample_rate=sample_rate)
        self._filters = nn.Parameter(torch.ones(n_filters // 2, 1, kernel_size))
        for p in self.parameters():
            nn.init.xavier_normal_(p)

    def filters(self):
        return torch.cat([self._filters, self._filters], dim=0)

class ParamSincFB(Filterbank):
    def __init__(
        self,
        n_filters,
        kernel_size,
        stride=None,
        sample_rate=16000.0,
        min_low_hz=50,
        min_band_hz=50,
        **kwargs,
    ):
        super().__init__(n_filters, kernel_size, stride=stride, sample_rate=sample_rate)
        self.low_hz_ = nn.Parameter(torch.linspace(min_low_hz, sample_rate / 2, n_filters // 2).view(-1, 1))
        self.band_hz_ = nn.Parameter(torch.ones(n_filters // 2, 1))

    def filters(self):
        band = torch.sin(self.low_hz_ + self.band_hz_)
        return torch.cat([band, band], dim=0).unsqueeze(1)

class STFTFB(Filterbank):
    def __init__(self, n_filters, kernel_size, stride=None, window=None, sample_rate=8000.0, **kwargs):
        super().__init__(n_filters, kernel_size, stride=stride, sample_rate=sample_rate)
        self.n_feats_out = n_filters + 2
        self.register_buffer("_filters", torch.zeros(n_filters + 2, 1, kernel_size))

    def filters(self):
        return self._filters

class Encoder(nn.Module):
    def __init__(self, filterbank, is_pinv=False, as_conv1d=True, padding=0):
        super().__init__()
        self.filterbank = filterbank
        self.sample_rate, self.stride = filterbank.sample_rate, filterbank.stride
        self.n_feats_out, self.padding = filterbank.n_feats_out, padding

    def filters(self):
        return self.filterbank.filters()

    def forward(self, waveform):
        return nn.functional.conv1d(
            waveform, self.filterbank.filters(), stride=self.stride, padding=self.padding
        )

class Decoder(nn.Module):
    def __init__(self, filterbank, is_pinv=False, padding=0, output_padding=0):
        super().__init__()
        self.filterbank = filterbank
        self.sample_rate, self.stride = filterbank.sample_rate, filterbank.stride
        self.padding, self.output_padding = padding, output_padding

    def filters(self):
        return self.filterbank.filters()

    def forward(self, spec, length=None):
        filters = self.filterbank.filters()
        if spec.ndim <= 3:
            return nn.functional.conv_transpose1d(spec, filters, stride=self.stride, padding=self.padding)
        batch, sources, features, frames = spec.shape
        wav = nn.functional.conv_transpose1d(
            spec.view(batch * sources, features, frames), filters, stride=self.stride, padding=self.padding
        )
        return wav.view(batch, sources, -1)

_KINDS = {
    "free": FreeFB,
    "analytic_free": AnalyticFreeFB,
    "param_sinc": ParamSincFB,
    "stft": STFTFB,
    "torch_stft": STFTFB,
}

def get(identifier):
    return _KINDS[identifier] if isinstance(identifier, str) else identifier

def make_enc_dec(
    fb_name,
    n_filters,
    kernel_size,
    stride=None,
    sample_rate=8000.0,
    who_is_pinv=None,
    padding=0,
    output_padding=0,
    **kwargs,
):
    kind = get(fb_name)
    bank = kind(n_filters, kernel_size, stride=stride, sample_rate=sample_rate, **kwargs)
    if who_is_pinv is not None:
        return Encoder(bank, padding=padding), Decoder(bank)
    other = kind(n_filters, kernel_size, stride=stride, sample_rate=sample_rate, **kwargs)
    return Encoder(bank, padding=padding), Decoder(other, padding=padding, output_padding=output_padding)
