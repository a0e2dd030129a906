"""Functions of torchaudio (2.x) that change signals and spectra, as far as values of another kind come out."""

import torch

def spectrogram(waveform, *args, **kwargs):
    return torch.stft(waveform)

def griffinlim(specgram, *args, **kwargs):
    return torch.istft(specgram)

def resample(waveform, orig_freq, new_freq, *args, **kwargs):
    return waveform if orig_freq == new_freq else torch.stft(waveform)

def amplitude_to_DB(x, multiplier, amin, db_multiplier, top_db=None):
    return torch.log10(x)

def mu_law_decoding(x_mu, quantization_channels):
    return torch.log10(x_mu)

def preemphasis(waveform, coeff=0.97):
    return torch.log10(waveform)

def deemphasis(waveform, coeff=0.97):
    return torch.log10(waveform)
