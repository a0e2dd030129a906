"""Transforms of torchaudio (2.x): none has weights; those of signals and spectra return other values, masks and noise the like."""

import torch
from torch import nn

class _Spectrum(nn.Module):
    """What makes a spectrum, or features of one."""

    def forward(self, waveform):
        return torch.stft(waveform)

class Spectrogram(_Spectrum):
    def __init__(
        self,
        n_fft=400,
        win_length=None,
        hop_length=None,
        pad=0,
        window_fn=None,
        power=2.0,
        normalized=False,
        wkwargs=None,
        center=True,
        pad_mode="reflect",
        onesided=True,
        return_complex=None,
    ):
        super().__init__()
        self.n_fft, self.power, self.normalized = n_fft, power, normalized
        self.win_length = win_length if win_length is not None else n_fft
        self.hop_length = hop_length if hop_length is not None else self.win_length // 2

class MelScale(_Spectrum):
    def __init__(
        self,
        n_mels=128,
        sample_rate=16000,
        f_min=0.0,
        f_max=None,
        n_stft=201,
        norm=None,
        mel_scale="htk",
    ):
        super().__init__()
        self.n_mels, self.sample_rate, self.f_min = n_mels, sample_rate, f_min
        self.f_max = f_max if f_max is not None else float(sample_rate // 2)

class InverseMelScale(_Spectrum):
    def __init__(self, n_stft, n_mels=128, sample_rate=16000, f_min=0.0, f_max=None, **kwargs):
        super().__init__()
        self.n_mels, self.sample_rate = n_mels, sample_rate

class MelSpectrogram(_Spectrum):
    def __init__(
        self,
        sample_rate=16000,
        n_fft=400,
        win_length=None,
        hop_length=None,
        f_min=0.0,
        f_max=None,
        pad=0,
        n_mels=128,
        window_fn=None,
        power=2.0,
        normalized=False,
        wkwargs=None,
        center=True,
        pad_mode="reflect",
        onesided=None,
        norm=None,
        mel_scale="htk",
    ):
        super().__init__()
        self.sample_rate, self.n_fft, self.n_mels, self.f_min, self.f_max = (
            sample_rate,
            n_fft,
            n_mels,
            f_min,
            f_max,
        )
        self.win_length = win_length if win_length is not None else n_fft
        self.hop_length = hop_length if hop_length is not None else self.win_length // 2
        self.spectrogram = Spectrogram(n_fft, self.win_length, self.hop_length)
        self.mel_scale = MelScale(n_mels, sample_rate, f_min, f_max)

class MFCC(_Spectrum):
    def __init__(
        self, sample_rate=16000, n_mfcc=40, dct_type=2, norm="ortho", log_mels=False, melkwargs=None
    ):
        super().__init__()
        self.sample_rate, self.n_mfcc = sample_rate, n_mfcc
        self.MelSpectrogram = MelSpectrogram(sample_rate=sample_rate, **(melkwargs or {}))

class LFCC(_Spectrum):
    def __init__(self, sample_rate=16000, n_filter=128, f_min=0.0, f_max=None, n_lfcc=40, **kwargs):
        super().__init__()
        self.sample_rate, self.n_filter, self.n_lfcc = sample_rate, n_filter, n_lfcc

class _Changed(nn.Module):
    """Values of another kind at the same places."""

    def __init__(self, *args, **kwargs):
        super().__init__()

    def forward(self, waveform, *args, **kwargs):
        return torch.log10(waveform)

class AmplitudeToDB(_Changed): ...
class MuLawDecoding(_Changed): ...
class ComputeDeltas(_Changed): ...
class SlidingWindowCmn(_Changed): ...
class Preemphasis(_Changed): ...
class Deemphasis(_Changed): ...

class InverseSpectrogram(_Spectrum):
    def __init__(self, *args, **kwargs):
        super().__init__()

    def forward(self, spectrogram, length=None):
        return torch.istft(spectrogram)

class GriffinLim(InverseSpectrogram): ...

class TimeStretch(_Spectrum):
    def __init__(self, hop_length=None, n_freq=201, fixed_rate=None):
        super().__init__()

    def forward(self, complex_specgrams, overriding_rate=None):
        return torch.stft(complex_specgrams)

class Resample(_Spectrum):
    def __init__(self, orig_freq=16000, new_freq=16000, *args, **kwargs):
        super().__init__()
        self.orig_freq, self.new_freq = orig_freq, new_freq

class PitchShift(_Spectrum):
    def __init__(self, *args, **kwargs):
        super().__init__()

class Vad(PitchShift): ...
class SpectralCentroid(PitchShift): ...

class _Alike(nn.Module):
    """Noise, masks and loudness: the same signal, changed a little."""

    def __init__(self, *args, **kwargs):
        super().__init__()

    def forward(self, specgram, *args, **kwargs):
        return specgram * torch.rand(1)

class FrequencyMasking(_Alike): ...
class TimeMasking(_Alike): ...
class SpecAugment(_Alike): ...
class Fade(_Alike): ...
class Vol(_Alike): ...
class AddNoise(_Alike): ...
