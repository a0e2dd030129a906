#!/usr/bin/env python3
import argparse

import yaml
from leafnet import Trainer

if __name__ == "__main__":
    cli = argparse.ArgumentParser()
    cli.add_argument("-c", "--conf", default="conf/base.yaml")
    options = cli.parse_args()
    with open(options.conf, encoding="utf-8") as f:
        config = yaml.safe_load(f)
    Trainer(config).fit()
