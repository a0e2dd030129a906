import torch.nn.functional as F


def soft_targets_loss(student_logits, teacher_logits, temperature):
    """Cross-entropy against the teacher's softened distribution."""
    soft = F.softmax(teacher_logits / temperature, dim=1)
    return F.cross_entropy(student_logits / temperature, soft) * temperature ** 2
