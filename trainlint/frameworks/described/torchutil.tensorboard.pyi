"""What torchutil is given to show goes into pictures and nowhere else."""

def update(directory, step, scalars=None, figures=None, images=None, audio=None, sample_rate=None):
    pass
