use aws_sdk_bedrockruntime::{types::{ContentBlock, ConversationRole, Message}, Client};

pub struct Brain {
    client: Client,
    model_id: String,
}

impl Brain {
    pub fn new(client: Client) -> Self {
        Self { client, model_id: "amazon.titan-text-express-v1".to_string() }
    }

    pub async fn ask(&self, text: &str) -> Result<String, Box<dyn std::error::Error>> {
        let r = self
            .client
            .converse()
            .model_id(&self.model_id)
            .messages(Message::builder().role(ConversationRole::User).content(ContentBlock::Text(text.into())).build()?)
            .send()
            .await?;
        Ok(format!("{:?}", r))
    }
}
