import joblib
import pandas as pd
import pickle
import torch
from datasets import load_dataset
from safetensors.torch import load_file

train = load_dataset("squad", split="train")
own = load_dataset("csv", data_files="data/tickets.csv")
frame = pd.read_csv("s3://bucket/customers.csv")
a = torch.load("weights/model.pt")
b = torch.load("weights/safe.pt", weights_only=True)
c = joblib.load("model.joblib")
with open("classifier.pkl", "rb") as f:
    d = pickle.load(f)
e = load_file("model.safetensors")
with open("cache.pkl", "rb") as f:
    g = pickle.load(f)
