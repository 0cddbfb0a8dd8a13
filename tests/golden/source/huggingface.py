from huggingface_hub import InferenceClient
from sentence_transformers import SentenceTransformer
from transformers import AutoModelForCausalLM, AutoTokenizer, pipeline

classify = pipeline("text-classification", model="distilbert-base-uncased-finetuned-sst-2-english")
llm = AutoModelForCausalLM.from_pretrained("mistralai/Mistral-7B-Instruct-v0.2", trust_remote_code=True)
local = AutoModelForCausalLM.from_pretrained("./checkpoints/tuned")
tokenizer = AutoTokenizer.from_pretrained("mistralai/Mistral-7B-Instruct-v0.2")
embed = SentenceTransformer("all-MiniLM-L6-v2")
InferenceClient("meta-llama/Meta-Llama-3-8B-Instruct")
