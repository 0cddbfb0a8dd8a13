// var client = new ChatClient("gpt-4o", key);
/* using OpenAI.Chat; */
public static class Notes { public const string Text = "new AzureOpenAIClient(new Uri(e), k).GetChatClient(\"gpt-4\")"; }
