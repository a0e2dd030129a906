"""What other packages (mmdet3d, mmrotate, mmyolo) make their networks from: mmdet (3.x), as its documentation says."""

from mmengine.model import BaseDataPreprocessor, BaseModel, BaseModule
from mmengine.registry import MODELS

class BaseDetector(BaseModel):
    def __init__(self, data_preprocessor=None, init_cfg=None):
        super().__init__(data_preprocessor=data_preprocessor, init_cfg=init_cfg)

    @property
    def with_neck(self):
        return hasattr(self, "neck") and self.neck is not None

    @property
    def with_shared_head(self):
        return hasattr(self, "roi_head") and self.roi_head.with_shared_head

    @property
    def with_bbox(self):
        if hasattr(self, "roi_head") and self.roi_head.with_bbox:
            return True
        return hasattr(self, "bbox_head") and self.bbox_head is not None

    @property
    def with_mask(self):
        if hasattr(self, "roi_head") and self.roi_head.with_mask:
            return True
        return hasattr(self, "mask_head") and self.mask_head is not None

    def forward(self, inputs, data_samples=None, mode="tensor"):
        if mode == "loss":
            return self.loss(inputs, data_samples)
        elif mode == "predict":
            return self.predict(inputs, data_samples)
        return self._forward(inputs, data_samples)

class SingleStageDetector(BaseDetector):
    def __init__(
        self,
        backbone,
        neck=None,
        bbox_head=None,
        train_cfg=None,
        test_cfg=None,
        data_preprocessor=None,
        init_cfg=None,
    ):
        super().__init__(data_preprocessor=data_preprocessor, init_cfg=init_cfg)
        self.backbone = MODELS.build(backbone)
        if neck is not None:
            self.neck = MODELS.build(neck)
        bbox_head.update(train_cfg=train_cfg)
        bbox_head.update(test_cfg=test_cfg)
        self.bbox_head = MODELS.build(bbox_head)
        self.train_cfg, self.test_cfg = train_cfg, test_cfg

    def extract_feat(self, batch_inputs):
        x = self.backbone(batch_inputs)
        return self.neck(x) if self.with_neck else x

    def loss(self, batch_inputs, batch_data_samples):
        return self.bbox_head.loss(self.extract_feat(batch_inputs), batch_data_samples)

    def predict(self, batch_inputs, batch_data_samples, rescale=True):
        return self.bbox_head.predict(self.extract_feat(batch_inputs), batch_data_samples, rescale=rescale)

    def _forward(self, batch_inputs, batch_data_samples=None):
        return self.bbox_head.forward(self.extract_feat(batch_inputs))

class BaseDenseHead(BaseModule):
    def __init__(self, init_cfg=None):
        super().__init__(init_cfg=init_cfg)

class DetDataPreprocessor(BaseDataPreprocessor):
    pass

def multi_apply(func, *args, **kwargs):
    results = [func(*each, **kwargs) for each in zip(*args)]
    return tuple([list(column) for column in zip(*results)])
