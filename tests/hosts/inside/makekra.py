from krita import Krita
import bench


def run(facts, args):
    d = Krita.instance().openDocument(args["picture"])
    d.setBatchmode(True)
    d.saveAs(args["kra"])
    yield from bench.settled(d)
    d.close()
    yield 300
