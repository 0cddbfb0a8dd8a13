mod client;
use client::Client;

fn main() {
    Client::new().chat().create("gpt-4o-mini");
}
