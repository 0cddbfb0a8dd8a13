from fastapi import APIRouter, Depends, FastAPI, HTTPException
from fastapi.middleware.cors import CORSMiddleware
from fastapi.security import HTTPBearer
from openai import OpenAI

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["*"])
router = APIRouter(prefix="/v1", dependencies=[Depends(HTTPBearer())])
client = OpenAI()


def get_db():
    yield 1


def user(token: str):
    if token != "x":
        raise HTTPException(status_code=401)
    return token


@app.get("/open")
def open_route(db=Depends(get_db)):
    return client.responses.create(model="gpt-4o")


@app.get("/closed")
def closed(who=Depends(user)):
    return client.responses.create(model="gpt-4o")


@app.get("/odd")
def odd(who=Depends(imported_elsewhere)):
    return 1


@router.post("/ask")
def ask():
    return client.responses.create(model="gpt-4o")


app.include_router(router)
