use ollama_rs::{generation::completion::request::GenerationRequest, Ollama};

const MODEL: &str = "llama2:latest";

pub async fn complete(prompt: &str) -> Option<String> {
    let ollama = Ollama::default();
    let res = ollama.generate(GenerationRequest::new(MODEL.to_string(), prompt.to_string())).await;
    res.ok().map(|r| r.response)
}
