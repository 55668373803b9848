from inadimplencia_ml.calendar import Calendar as Calendar
from inadimplencia_ml.features.audit import audit_leaks as audit_leaks
from inadimplencia_ml.features.build import build_features as build_features
from inadimplencia_ml.ledger.ledger import Ledger as Ledger
from inadimplencia_ml.ledger.ledger import read_ledger as read_ledger
from inadimplencia_ml.ledger.snapshots import make_snapshots as make_snapshots
from inadimplencia_ml.outcome import label as label
from inadimplencia_ml.pipeline import Model as Model
from inadimplencia_ml.pipeline import decide as decide
from inadimplencia_ml.pipeline import load_model as load_model
from inadimplencia_ml.policy.policy import Policy as Policy
from inadimplencia_ml.risk.classifier import RiskClassifier as RiskClassifier
from inadimplencia_ml.risk.date_split import DateSplit as DateSplit
from inadimplencia_ml.synthetic import generate_book as generate_book
from inadimplencia_ml.target import Target as Target
from inadimplencia_ml.training.settings import TrainingSettings as TrainingSettings
from inadimplencia_ml.training.train import train as train

__version__: str
