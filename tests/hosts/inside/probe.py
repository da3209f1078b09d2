import bench, guide, story_hands as hands
from PyQt5.QtWidgets import QApplication
from PyQt5.QtCore import QEvent, QObject
from krita import Krita
class Eat(QObject):
    def eventFilter(self, w, e):
        return w is self.w and e.type() == QEvent.Type.MouseMove and not e.buttons()
def run(facts, args):
    document = Krita.instance().openDocument(args["kra"]); yield from bench.show(document)
    main = bench.window().qwindow(); main.move(0,0); main.resize(1600,1000); main.activateWindow(); yield 1500
    yield from hands.over((100.,100.)); yield from hands.over((110.,100.)); yield 500
    hands.shot("p1")
    canvas = bench.controller().canvas().widget
    eat = Eat(); eat.w = canvas; QApplication.instance().installEventFilter(eat)
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave)); yield 500
    yield from hands.over((150.,150.)); yield 500
    hands.shot("p2")
    yield from guide.aside(); yield 600
    hands.shot("p3")
    QApplication.instance().removeEventFilter(eat)
