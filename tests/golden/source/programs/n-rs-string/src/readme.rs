pub const README: &str = r#"
use async_openai::Client;
let request = CreateChatCompletionRequestArgs::default().model("gpt-4o").build()?;
"#;
