pub struct Client;

impl Client {
    pub fn new() -> Self { Client }
    pub fn chat(&self) -> &Self { self }
    pub fn create(&self, model: &str) {}
}
