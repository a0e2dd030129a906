import click
import torch
import yaml

from rain import EarlyStopping, Fitter, GradientClipping, History, RainNet, StationData


@click.command()
@click.option("--config", default="rain.yaml", show_default=True)
@click.option("--seed", default=0)
def main(config, seed):
    with open(config) as stream:
        conf = yaml.safe_load(stream)
    torch.manual_seed(seed)
    data = StationData(conf["table"], conf["target"], conf["batch_size"])
    net = RainNet(data.width, **conf["model"])
    optimizer = getattr(torch.optim, conf["optim"]["name"])(net.parameters(), **conf["optim"]["kwargs"])
    callbacks = [GradientClipping(conf["clip"]), EarlyStopping(conf["patience"]), History()]
    Fitter(net, optimizer, torch.nn.SmoothL1Loss(), callbacks).run(*data.loaders, conf["epochs"])


if __name__ == "__main__":
    main()
