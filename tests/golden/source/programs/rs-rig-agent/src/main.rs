mod tools;

use rig::{completion::Prompt, providers::openai};
use tools::Adder;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let client = openai::Client::from_env();
    let agent = client
        .agent(openai::GPT_4O)
        .preamble("You are a calculator.")
        .tool(Adder)
        .build();
    println!("{}", agent.prompt("2 + 2").await?);
    Ok(())
}
