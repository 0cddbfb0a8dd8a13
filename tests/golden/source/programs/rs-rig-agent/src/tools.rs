use rig::{completion::ToolDefinition, tool::Tool};
use serde::Deserialize;

#[derive(Deserialize)]
pub struct AddArgs {
    x: i32,
    y: i32,
}

pub struct Adder;

impl Tool for Adder {
    const NAME: &'static str = "add";
    type Args = AddArgs;
    type Output = i32;

    async fn call(&self, args: Self::Args) -> Result<i32, std::fmt::Error> {
        Ok(args.x + args.y)
    }
}
