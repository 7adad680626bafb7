"""Load into PyTorch what `camal-export RUN --what weights -o weights.h5` wrote.

    model, about = load_weights.load("weights.h5")
    probabilities = model((pixels / 255 - mean) / std).softmax(1)  # [N,3,S,S] f32, RGB; about["mean"], about["std"]

about: network, stem, classes (list of names), active (False: never trained on, to be left out), round, and with
--dataset at export size, mean and std.
"""
from collections import OrderedDict

import h5py
import torch
from torch import nn
from torchvision.models import resnet


def resnet8(classes):
    def stage(inputs, outputs, stride):
        down = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
        return nn.Sequential(resnet.BasicBlock(inputs, outputs, stride, down if stride > 1 else None))

    return nn.Sequential(OrderedDict(
        conv1=nn.Conv2d(3, 32, 3, 2, 1, bias=False), bn1=nn.BatchNorm2d(32), relu=nn.ReLU(),
        layer1=stage(32, 32, 1), layer2=stage(32, 64, 2), layer3=stage(64, 128, 2),
        avgpool=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten(), fc=nn.Linear(128, classes)))


def load(path):
    with h5py.File(path, "r") as file:
        state = {name: torch.from_numpy(array[()]) for name, array in file.items()}
        about = {k: v.decode() if isinstance(v, bytes) else v for k, v in file.attrs.items()}
    about["classes"] = [name.decode() for name in about["classes"]]
    about["active"] = about["active"].astype(bool)
    small = about["stem"] == "small"
    if about["network"] == "resnet8":
        model = resnet8(len(about["classes"]))
    else:
        model = resnet.resnet18(num_classes=len(about["classes"]))
    if about["network"] == "resnet18" and small:
        model.conv1, model.maxpool = nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.Identity()
    model.load_state_dict(state, strict=True)
    return model.eval(), about
