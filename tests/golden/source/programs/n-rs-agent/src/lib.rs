/// A simulation agent. The word claude-3-opus is a name of a cat here.
pub struct Agent { pub model: String, pub tools: Vec<Tool> }
pub struct Tool { pub name: &'static str }

impl Agent {
    pub fn new() -> Self { Self { model: "gpt-4".to_string(), tools: vec![] } }
    pub fn prompt(&self, s: &str) -> String { s.to_uppercase() }
}
