import argparse


def build_parser():
    parser = argparse.ArgumentParser(prog="bikes", formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    io = parser.add_argument_group("files")
    io.add_argument("--table", "-t", default="hourly.csv", dest="csv_path")
    io.add_argument("--out", "-o", default="bikes.pt", dest="weights_path")
    opt = parser.add_argument_group("optimisation")
    opt.add_argument("-a", "--alpha", "--learning-rate", dest="alpha", type=float, default=0.001)
    opt.add_argument("-B", "--minibatch", dest="mb", type=int, default=200)
    opt.add_argument("-E", "--sweeps", dest="sweeps", type=int, default=100)
    opt.add_argument("--clip-at", dest="clip_at", type=float, default=1.0)
    net = parser.add_argument_group("network")
    net.add_argument("--width", type=int, default=96)
    net.add_argument("--depth", type=int, default=10)
    return parser
