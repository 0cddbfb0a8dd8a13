from flask import Flask, abort, request
from flask_login import login_required
from langchain_openai import ChatOpenAI

app = Flask(__name__)
llm = ChatOpenAI(model="gpt-4o")


@app.route("/chat", methods=["POST"])
def chat():
    return llm.invoke(request.json["q"]).content


@app.route("/admin")
@login_required
def admin():
    return "x"


@app.route("/key")
def key():
    if request.headers.get("X-Key") != "k":
        abort(403)
    return "x"
