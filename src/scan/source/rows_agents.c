/* Agents, tools, prompts, MCP, tracing. See rows.h for how a row reads. */
#include "scan/source/rows.h"

#define AGENT DOES_AGENT
#define TOOL DOES_TOOL
#define LC "langchain langchain_core langchain_community langchain_classic langchain_experimental"
#define LCJS "langchain @langchain/core @langchain/community @langchain/classic"

static const struct row rows[] = {
	/* What goes on with itself, whatever is called */
	{.on = "fluent", .names = "*", .does = DOES_SAME, .flags = ROW_SAME_TYPE},

	/* LangChain: everything that runs */
	{.on = "lc_runnable", .names = "with_config bind withConfig with_retry withRetry with_fallbacks withFallbacks with_types configurable_fields configurable_alternatives with_structured_output withStructuredOutput partial assign pick", .does = DOES_SAME, .flags = ROW_SAME_TYPE},
	{.on = "lc_runnable", .names = "invoke ainvoke stream astream astream_events astream_log streamEvents batch abatch predict apredict run arun call acall generate agenerate predict_messages invoke_sync", .does = DOES_INVOKE, .roles = "content=#0", .gives = "answer"},
	{.on = "lc_runnable", .names = "()", .does = DOES_INVOKE, .roles = "content=#0", .gives = "answer"},
	{.on = "lc_runnable", .names = "pipe", .does = DOES_PIPE, .gives = "lc_runnable"},
	{.on = "lc_runnable", .names = "as_tool asTool", .does = TOOL, .what = "langchain", .roles = "name=name", .gives = "tool"},
	{.on = "lc_llm", .names = "bind_tools bindTools bind_functions", .does = AGENT, .what = "langchain", .roles = "tools=tools,functions,#0", .gives = "lc_agent", .flags = ROW_FN_IS_TOOL | ROW_CHAIN},
	{.py = LC, .js = LCJS, .names = "RunnableSequence RunnableSequence.from RunnableParallel RunnableMap RunnableSequence.from_first", .does = DOES_PIPE, .roles = "content=#0", .gives = "lc_runnable"},
	{.py = LC, .js = LCJS, .names = "RunnablePassthrough RunnablePassthrough.assign RunnableLambda StrOutputParser JsonOutputParser StringOutputParser", .does = DOES_LIST, .gives = "lc_runnable"},

	/* LangChain and LangGraph: agents */
	{.py = "langgraph langgraph.prebuilt langchain_core", .js = "@langchain/langgraph @langchain/langgraph/prebuilt", .names = "create_react_agent createReactAgent prebuilt.create_react_agent chat_agent_executor.create_react_agent", .does = AGENT, .what = "langgraph", .roles = "llm=model,llm,#0 tools=tools,#1 prompt=prompt,state_modifier,stateModifier,messages_modifier,messageModifier name=name", .gives = "lc_agent", .flags = ROW_FN_IS_TOOL},
	{.py = "langgraph_supervisor", .js = "@langchain/langgraph-supervisor", .names = "create_supervisor createSupervisor", .does = AGENT, .what = "langgraph", .roles = "agents=agents,#0 llm=model tools=tools prompt=prompt", .gives = "graph", .flags = ROW_FN_IS_TOOL},
	{.py = "langchain langchain.agents", .js = "langchain", .names = "create_agent createAgent agents.create_agent", .does = AGENT, .what = "langchain", .roles = "llm=model,#0 tools=tools,#1 prompt=system_prompt,systemPrompt,prompt name=name", .gives = "lc_agent", .flags = ROW_FN_IS_TOOL | ROW_PREFIXED},
	{.py = LC, .js = LCJS, .names = "create_react_agent create_openai_functions_agent create_openai_tools_agent create_tool_calling_agent create_structured_chat_agent create_json_chat_agent create_xml_agent create_self_ask_with_search_agent createToolCallingAgent createOpenAIFunctionsAgent createOpenAIToolsAgent createReactAgent createStructuredChatAgent createXmlAgent", .does = AGENT, .what = "langchain", .roles = "llm=llm,#0 tools=tools,#1 prompt=prompt,#2", .gives = "lc_agent"},
	{.py = LC, .js = LCJS, .names = "AgentExecutor AgentExecutor.from_agent_and_tools AgentExecutor.fromAgentAndTools", .does = AGENT, .what = "langchain", .roles = "same=agent,#0 tools=tools,#1 llm=llm memory=memory", .gives = "lc_agent"},
	{.py = LC, .js = LCJS, .names = "initialize_agent initializeAgentExecutorWithOptions initializeAgentExecutor", .does = AGENT, .what = "langchain", .roles = "tools=tools,#0 llm=llm,#1 memory=memory", .gives = "lc_agent"},
	{.py = LC, .js = LCJS, .names = "create_sql_agent createSqlAgent", .does = AGENT, .what = "langchain", .roles = "llm=llm,#0 tools=toolkit,#1 db=db", .gives = "lc_agent", .flags = ROW_WHOLE_DB},
	{.py = LC, .names = "create_pandas_dataframe_agent create_csv_agent create_python_agent create_spark_dataframe_agent", .does = AGENT, .what = "langchain", .roles = "llm=llm,#0", .gives = "lc_agent", .flags = ROW_EXECUTES},
	{.py = LC, .js = LCJS, .names = "SQLDatabaseChain SQLDatabaseChain.from_llm SqlDatabaseChain create_sql_query_chain", .does = AGENT, .what = "langchain", .roles = "llm=llm,#0 db=db,database,#1", .gives = "lc_agent", .flags = ROW_WHOLE_DB},
	{.py = LC, .js = LCJS, .names = "RetrievalQA RetrievalQA.from_chain_type RetrievalQA.from_llm RetrievalQAChain.fromLLM RetrievalQAWithSourcesChain.from_chain_type RetrievalQAWithSourcesChain.from_llm ConversationalRetrievalChain ConversationalRetrievalChain.from_llm ConversationalRetrievalQAChain.fromLLM VectorDBQA.from_chain_type", .does = AGENT, .what = "langchain", .roles = "llm=llm,#0 retriever=retriever,vectorstore,#1 prompt=prompt,combine_docs_chain_kwargs.prompt,chain_type_kwargs.prompt", .gives = "lc_agent"},
	{.py = LC, .js = LCJS, .names = "create_retrieval_chain createRetrievalChain", .does = AGENT, .what = "langchain", .roles = "retriever=retriever,#0 same=combine_docs_chain,combineDocsChain,#1", .gives = "lc_agent"},
	{.py = LC, .js = LCJS, .names = "create_history_aware_retriever createHistoryAwareRetriever", .does = DOES_FIRST, .roles = "value=retriever,#1"},
	{.py = LC, .js = LCJS, .names = "create_stuff_documents_chain createStuffDocumentsChain LLMChain load_qa_chain loadQAStuffChain load_qa_with_sources_chain ConversationChain StuffDocumentsChain", .does = AGENT, .what = "langchain", .roles = "llm=llm,#0 prompt=prompt,#1", .gives = "lc_agent", .flags = ROW_CHAIN},
	{.py = LC, .js = LCJS, .names = "ContextualCompressionRetriever MultiQueryRetriever.from_llm ParentDocumentRetriever SelfQueryRetriever.from_llm EnsembleRetriever MultiVectorRetriever", .does = DOES_FIRST, .roles = "value=base_retriever,baseRetriever,retriever,vectorstore,retrievers,#0"},
	{.py = "langgraph langgraph.graph", .js = "@langchain/langgraph", .names = "StateGraph MessageGraph Graph graph.StateGraph graph.MessageGraph", .does = AGENT, .what = "langgraph", .gives = "graph", .flags = ROW_CHAIN},
	{.on = "graph", .names = "add_node addNode", .does = DOES_SAME, .roles = "node=action,#1,#0", .flags = ROW_SAME_TYPE},
	{.on = "graph", .names = "add_edge add_conditional_edges set_entry_point set_finish_point addEdge addConditionalEdges setEntryPoint compile", .does = DOES_SAME, .roles = "router=#1", .flags = ROW_SAME_TYPE},
	{.py = "langgraph langgraph.prebuilt", .js = "@langchain/langgraph @langchain/langgraph/prebuilt", .names = "ToolNode ToolExecutor prebuilt.ToolNode", .does = DOES_LIST, .roles = "tools=tools,#0", .gives = "tool_list", .flags = ROW_FN_IS_TOOL},

	/* LangChain: tools */
	{.py = LC, .js = LCJS, .names = "tool tools.tool", .does = TOOL, .what = "langchain", .roles = "func=#0 name=name", .gives = "tool"},
	{.py = LC, .js = LCJS, .names = "StructuredTool.from_function Tool.from_function", .does = TOOL, .what = "langchain", .roles = "func=func,coroutine,#0 name=name,#1", .gives = "tool"},
	{.py = LC, .js = LCJS, .names = "Tool StructuredTool DynamicTool DynamicStructuredTool", .does = TOOL, .what = "langchain", .roles = "func=func,coroutine,#1 name=name,#0", .gives = "tool", .flags = ROW_BASE},
	{.py = LC, .js = LCJS, .names = "BaseTool", .does = TOOL, .what = "langchain", .gives = "tool", .flags = ROW_BASE},
	{.py = LC, .js = LCJS, .names = "create_retriever_tool createRetrieverTool", .does = TOOL, .what = "langchain", .roles = "store=retriever,#0 name=name,#1", .gives = "tool", .flags = ROW_RETRIEVER},
	{.py = LC, .js = LCJS, .names = "load_tools", .does = TOOL, .what = "langchain", .roles = "name=tool_names,#0", .gives = "tool"},
	{.py = LC " langchain_experimental", .names = "PythonREPLTool PythonAstREPLTool ShellTool PythonREPL", .does = TOOL, .what = "langchain", .gives = "tool", .flags = ROW_EXECUTES},
	{.py = LC " langchain_e2b", .names = "E2BDataAnalysisTool BearlyInterpreterTool RizaCodeInterpreterTool", .does = TOOL, .what = "langchain", .gives = "tool", .flags = ROW_EXECUTES},
	{.py = LC, .js = LCJS, .names = "SQLDatabaseToolkit SqlToolkit QuerySQLDataBaseTool QuerySQLDatabaseTool QuerySqlTool", .does = TOOL, .what = "langchain", .roles = "db=db,#0", .gives = "tool", .flags = ROW_WHOLE_DB},
	{.py = LC " langchain_tavily", .js = LCJS " @langchain/tavily", .names = "TavilySearchResults TavilySearch DuckDuckGoSearchRun DuckDuckGoSearchResults DuckDuckGoSearch GoogleSearchRun GoogleSearchResults BraveSearch SerpAPI SerpAPIWrapper SerperDevTool WikipediaQueryRun WebBrowser ArxivQueryRun BingSearchRun TavilySearchAPIRetriever", .does = TOOL, .what = "web search", .gives = "tool", .fixed = "content"},
	{.py = LC, .js = LCJS, .names = "RequestsGetTool RequestsPostTool RequestsToolkit PlayWrightBrowserToolkit PlayWrightBrowserToolkit.from_browser", .does = TOOL, .what = "web", .gives = "tool", .fixed = "content"},
	{.py = LC " langchain_google_community", .js = LCJS, .names = "GmailToolkit SlackToolkit O365Toolkit JiraToolkit GitHubToolkit GitHubToolkit.from_github_api_wrapper ZapierToolkit GmailSearch SlackGetMessagesTool", .does = TOOL, .what = "mail and tickets", .gives = "tool", .fixed = "content"},
	{.py = LC, .js = LCJS, .names = "FileManagementToolkit ReadFileTool WriteFileTool ListDirectoryTool DeleteFileTool", .does = TOOL, .what = "file system", .gives = "tool"},
	{.on = "tool", .names = "get_tools getTools", .does = DOES_SAME, .flags = ROW_SAME_TYPE},
	{.on = "tool", .names = "invoke ainvoke run arun", .does = DOES_INVOKE},

	/* Prompts */
	{.py = LC, .js = LCJS, .names = "PromptTemplate ChatPromptTemplate PromptTemplate.from_template PromptTemplate.fromTemplate ChatPromptTemplate.from_template ChatPromptTemplate.fromTemplate ChatPromptTemplate.from_messages ChatPromptTemplate.fromMessages ChatPromptTemplate.fromPromptMessages SystemMessagePromptTemplate.from_template SystemMessagePromptTemplate.fromTemplate FewShotPromptTemplate FewShotChatMessagePromptTemplate", .does = DOES_PROMPT, .what = "langchain", .roles = "text=template,messages,prefix,prompt,#0", .gives = "lc_prompt"},
	{.py = LC, .js = LCJS, .names = "SystemMessage", .does = DOES_PROMPT, .what = "langchain", .roles = "text=content,#0"},
	{.py = LC, .js = LCJS, .names = "hub.pull pull", .does = DOES_PROMPT, .what = "langchain hub", .roles = "name=#0", .gives = "lc_prompt"},
	{.py = "langsmith", .js = "langsmith", .names = "Client.pull_prompt", .does = DOES_PROMPT, .what = "langsmith", .roles = "name=#0", .gives = "lc_prompt"},
	{.py = "llama_index.core llama_index", .js = "llamaindex", .names = "PromptTemplate ChatPromptTemplate", .does = DOES_PROMPT, .what = "llamaindex", .roles = "text=template,#0"},
	{.py = "haystack.components.builders", .names = "PromptBuilder ChatPromptBuilder", .does = DOES_PROMPT, .what = "haystack", .roles = "text=template,#0"},

	/* LlamaIndex */
	{.py = "llama_index.core.agent llama_index.core.agent.workflow llama_index.core llama_index.agent.openai llama_index", .js = "llamaindex @llamaindex/workflow", .names = "ReActAgent FunctionAgent CodeActAgent OpenAIAgent ReActAgent.from_tools OpenAIAgent.from_tools FunctionCallingAgent.from_tools AgentRunner.from_llm agent.ReActAgent.from_tools agent agent.ReActAgent", .does = AGENT, .what = "llamaindex", .roles = "llm=llm tools=tools,#0 prompt=system_prompt,systemPrompt,context name=name", .gives = "li_engine", .flags = ROW_FN_IS_TOOL},
	{.py = "llama_index.core.agent.workflow llama_index.core.agent", .js = "llamaindex", .names = "AgentWorkflow AgentWorkflow.from_tools_or_functions multiAgent", .does = AGENT, .what = "llamaindex", .roles = "llm=llm agents=agents tools=tools_or_functions,#0 prompt=system_prompt", .gives = "li_engine", .flags = ROW_FN_IS_TOOL},
	{.py = "llama_index.core.tools llama_index.core llama_index.tools", .js = "llamaindex", .names = "FunctionTool.from_defaults FunctionTool FunctionTool.from tools.FunctionTool.from_defaults", .does = TOOL, .what = "llamaindex", .roles = "func=fn,async_fn,execute,#0 name=name", .gives = "tool"},
	{.py = "llama_index.core.tools llama_index.core llama_index.tools", .js = "llamaindex", .names = "QueryEngineTool QueryEngineTool.from_defaults RetrieverTool RetrieverTool.from_defaults", .does = TOOL, .what = "llamaindex", .roles = "store=query_engine,queryEngine,retriever,#0 name=name,metadata.name", .gives = "tool", .flags = ROW_RETRIEVER},
	{.on = "li_engine", .names = "query aquery chat achat stream_chat run", .does = DOES_INVOKE, .roles = "content=#0", .gives = "answer"},

	/* CrewAI */
	{.py = "crewai", .names = "Agent agent.Agent", .does = AGENT, .what = "crewai", .roles = "llm=llm tools=tools prompt=backstory,system_template name=role", .flags = ROW_PREFIXED},
	{.py = "crewai", .names = "Crew", .does = AGENT, .what = "crewai", .roles = "agents=agents llm=manager_llm", .gives = "crew"},
	{.py = "crewai", .names = "project.agent", .does = DOES_MEMBER},
	{.on = "crew", .names = "kickoff kickoff_async kickoff_for_each", .does = DOES_INVOKE, .roles = "content=inputs,#0", .gives = "answer"},
	{.py = "crewai crewai_tools", .names = "tool tools.tool", .does = TOOL, .what = "crewai", .roles = "name=#0", .gives = "tool"},
	{.py = "crewai crewai_tools", .names = "BaseTool tools.BaseTool", .does = TOOL, .what = "crewai", .gives = "tool", .flags = ROW_BASE},
	{.py = "crewai_tools", .names = "SerperDevTool ScrapeWebsiteTool WebsiteSearchTool EXASearchTool FirecrawlScrapeWebsiteTool SeleniumScrapingTool GithubSearchTool BraveSearchTool TavilySearchTool", .does = TOOL, .what = "web", .gives = "tool", .fixed = "content"},
	{.py = "crewai_tools", .names = "CodeInterpreterTool", .does = TOOL, .what = "crewai", .gives = "tool", .flags = ROW_EXECUTES},
	{.py = "crewai_tools", .names = "FileReadTool FileWriterTool DirectoryReadTool PDFSearchTool CSVSearchTool RagTool", .does = TOOL, .what = "crewai", .gives = "tool", .flags = ROW_BASE},
	{.py = "crewai_tools", .names = "NL2SQLTool PGSearchTool", .does = TOOL, .what = "crewai", .roles = "db=db_uri", .gives = "tool", .flags = ROW_WHOLE_DB},

	/* AutoGen */
	{.py = "autogen autogen.agentchat pyautogen ag2", .names = "AssistantAgent ConversableAgent GPTAssistantAgent agentchat.AssistantAgent agentchat.ConversableAgent contrib.retrieve_assistant_agent.RetrieveAssistantAgent", .does = AGENT, .what = "autogen", .roles = "llm=llm_config prompt=system_message name=name,#0 tools=functions", .gives = "autogen", .flags = ROW_FN_IS_TOOL},
	{.py = "autogen autogen.agentchat pyautogen ag2", .names = "UserProxyAgent agentchat.UserProxyAgent", .does = AGENT, .what = "autogen", .roles = "executes=code_execution_config name=name,#0", .gives = "autogen"},
	{.py = "autogen autogen.agentchat pyautogen ag2", .names = "GroupChatManager", .does = AGENT, .what = "autogen", .roles = "agents=groupchat llm=llm_config", .gives = "autogen"},
	{.py = "autogen autogen.agentchat pyautogen ag2", .names = "GroupChat", .does = DOES_LIST, .roles = "agents=agents,#0"},
	{.py = "autogen", .names = "register_function agentchat.register_function", .does = TOOL, .what = "autogen", .roles = "func=f,#0 owner=caller name=name"},
	{.on = "autogen", .names = "register_for_llm", .does = TOOL, .what = "autogen", .roles = "name=name", .gives = "tool", .flags = ROW_FN_IS_TOOL},
	{.on = "autogen", .names = "register_for_execution", .does = DOES_HARMLESS},
	{.on = "autogen", .names = "initiate_chat a_initiate_chat generate_reply", .does = DOES_INVOKE, .roles = "content=message agents=#0", .gives = "answer"},
	{.py = "autogen_agentchat.agents", .names = "AssistantAgent", .does = AGENT, .what = "autogen", .roles = "llm=model_client tools=tools prompt=system_message name=name,#0", .gives = "autogen", .flags = ROW_FN_IS_TOOL},
	{.py = "autogen_agentchat.agents", .names = "CodeExecutorAgent", .does = AGENT, .what = "autogen", .roles = "name=name,#0", .gives = "autogen", .flags = ROW_EXECUTES},
	{.py = "autogen_agentchat.teams", .names = "RoundRobinGroupChat SelectorGroupChat Swarm MagenticOneGroupChat", .does = AGENT, .what = "autogen", .roles = "agents=participants,#0 llm=model_client", .gives = "lc_runnable"},
	{.py = "autogen_core.tools", .names = "FunctionTool", .does = TOOL, .what = "autogen", .roles = "func=func,#0 name=name", .gives = "tool"},

	/* OpenAI Agents SDK */
	{.py = "agents", .js = "@openai/agents", .names = "Agent Agent.create", .does = AGENT, .what = "openai-agents", .roles = "llm=model tools=tools prompt=instructions name=name,#0 agents=handoffs mcp=mcp_servers,mcpServers", .gives = "oa_agent"},
	{.py = "agents", .js = "@openai/agents", .names = "function_tool tool", .does = TOOL, .what = "openai-agents", .roles = "func=execute,#0 name=name_override,name", .gives = "tool"},
	{.py = "agents", .js = "@openai/agents", .names = "WebSearchTool webSearchTool", .does = TOOL, .what = "web search", .gives = "tool", .fixed = "content"},
	{.py = "agents", .js = "@openai/agents", .names = "CodeInterpreterTool codeInterpreterTool ComputerTool LocalShellTool", .does = TOOL, .what = "openai-agents", .gives = "tool", .flags = ROW_EXECUTES},
	{.py = "agents", .js = "@openai/agents", .names = "FileSearchTool fileSearchTool", .does = TOOL, .what = "openai-agents", .gives = "tool"},
	{.py = "agents", .names = "handoff", .does = DOES_FIRST, .roles = "value=agent,#0"},
	{.on = "oa_agent", .names = "as_tool asTool", .does = TOOL, .what = "openai-agents", .roles = "name=tool_name,toolName", .gives = "tool"},
	{.py = "agents", .js = "@openai/agents", .names = "Runner.run Runner.run_sync Runner.run_streamed run", .does = DOES_INVOKE, .roles = "runs=starting_agent,#0 content=input,#1", .gives = "answer"},
	{.py = "agents.mcp", .js = "@openai/agents", .names = "MCPServerStdio MCPServerSse MCPServerStreamableHttp", .does = DOES_MCP_CLIENT, .what = "openai-agents", .roles = "url=params.url,url command=params.command,command name=name"},

	/* Pydantic AI */
	{.py = "pydantic_ai", .names = "Agent agent.Agent", .does = AGENT, .what = "pydantic-ai", .roles = "llm=model,#0 tools=tools prompt=system_prompt,instructions name=name mcp=mcp_servers,toolsets", .gives = "pai_agent", .flags = ROW_FN_IS_TOOL | ROW_PREFIXED},
	{.on = "pai_agent", .names = "tool tool_plain", .does = TOOL, .what = "pydantic-ai", .roles = "name=name", .gives = "tool"},
	{.on = "pai_agent", .names = "system_prompt instructions", .does = DOES_PROMPT, .what = "pydantic-ai"},
	{.on = "pai_agent", .names = "run run_sync run_stream iter", .does = DOES_INVOKE, .roles = "content=#0", .gives = "answer"},
	{.py = "pydantic_ai", .names = "Tool tools.Tool", .does = TOOL, .what = "pydantic-ai", .roles = "func=function,#0 name=name", .gives = "tool"},
	{.py = "pydantic_ai.mcp", .names = "MCPServerStdio MCPServerHTTP MCPServerSSE MCPServerStreamableHTTP", .does = DOES_MCP_CLIENT, .what = "pydantic-ai", .roles = "url=url command=command,#0"},

	/* Semantic Kernel */
	{.py = "semantic_kernel", .names = "Kernel", .does = AGENT, .what = "semantic-kernel", .gives = "sk", .flags = ROW_CHAIN},
	{.on = "sk", .names = "add_service", .does = DOES_SAME, .roles = "llm=service,#0"},
	{.on = "sk", .names = "add_plugin import_plugin add_function", .does = DOES_SAME, .roles = "plugin=plugin,function,#0"},
	{.on = "sk", .names = "invoke invoke_prompt invoke_stream", .does = DOES_INVOKE, .roles = "content=prompt", .gives = "answer"},
	{.py = "semantic_kernel", .names = "functions.kernel_function functions.kernel_function_decorator.kernel_function kernel_function", .does = TOOL, .what = "semantic-kernel", .roles = "name=name", .gives = "tool"},
	{.py = "semantic_kernel.agents", .names = "ChatCompletionAgent OpenAIAssistantAgent AzureAIAgent", .does = AGENT, .what = "semantic-kernel", .roles = "llm=service prompt=instructions name=name plugin=plugins same=kernel", .gives = "sk"},

	/* smolagents, Haystack, DSPy, Agno, Strands, Google ADK */
	{.py = "smolagents", .names = "CodeAgent", .does = AGENT, .what = "smolagents", .roles = "tools=tools,#0 llm=model,#1 agents=managed_agents prompt=instructions", .gives = "pai_agent", .flags = ROW_EXECUTES | ROW_FN_IS_TOOL},
	{.py = "smolagents", .names = "ToolCallingAgent MultiStepAgent", .does = AGENT, .what = "smolagents", .roles = "tools=tools,#0 llm=model,#1 agents=managed_agents prompt=instructions", .gives = "pai_agent", .flags = ROW_FN_IS_TOOL},
	{.py = "smolagents", .names = "tool", .does = TOOL, .what = "smolagents", .gives = "tool"},
	{.py = "smolagents", .names = "Tool", .does = TOOL, .what = "smolagents", .gives = "tool", .flags = ROW_BASE},
	{.py = "smolagents", .names = "DuckDuckGoSearchTool WebSearchTool VisitWebpageTool GoogleSearchTool WikipediaSearchTool", .does = TOOL, .what = "web search", .gives = "tool", .fixed = "content"},
	{.py = "smolagents", .names = "PythonInterpreterTool", .does = TOOL, .what = "smolagents", .gives = "tool", .flags = ROW_EXECUTES},
	{.py = "haystack", .names = "Pipeline AsyncPipeline", .does = AGENT, .what = "haystack", .gives = "hs_pipeline", .flags = ROW_CHAIN},
	{.on = "hs_pipeline", .names = "add_component", .does = DOES_SAME, .roles = "part=instance,#1"},
	{.on = "hs_pipeline", .names = "run run_async", .does = DOES_INVOKE, .gives = "answer"},
	{.py = "haystack", .names = "components.agents.Agent", .does = AGENT, .what = "haystack", .roles = "llm=chat_generator tools=tools prompt=system_prompt", .flags = ROW_FN_IS_TOOL},
	{.py = "haystack", .names = "tools.Tool tools.tool tools.create_tool_from_function", .does = TOOL, .what = "haystack", .roles = "func=function,#0 name=name", .gives = "tool"},
	{.py = "dspy", .names = "ReAct CodeAct", .does = AGENT, .what = "dspy", .roles = "tools=tools,#1 llm=lm", .gives = "lc_runnable", .flags = ROW_FN_IS_TOOL},
	{.py = "dspy", .names = "ProgramOfThought", .does = AGENT, .what = "dspy", .gives = "lc_runnable", .flags = ROW_EXECUTES},
	{.py = "agno phi", .names = "agent.Agent", .does = AGENT, .what = "agno", .roles = "llm=model tools=tools prompt=instructions,system_prompt name=name store=knowledge", .gives = "pai_agent", .flags = ROW_FN_IS_TOOL},
	{.py = "strands", .names = "Agent", .does = AGENT, .what = "strands", .roles = "llm=model tools=tools prompt=system_prompt name=name", .gives = "lc_runnable", .flags = ROW_FN_IS_TOOL},
	{.py = "strands", .names = "tool tools.tool", .does = TOOL, .what = "strands", .gives = "tool"},
	{.py = "google.adk", .names = "agents.Agent agents.LlmAgent Agent", .does = AGENT, .what = "google-adk", .roles = "llm=model tools=tools prompt=instruction,global_instruction name=name agents=sub_agents", .gives = "pai_agent", .flags = ROW_FN_IS_TOOL | ROW_PREFIXED},
	{.py = "google.adk", .names = "tools.FunctionTool", .does = TOOL, .what = "google-adk", .roles = "func=func,#0", .gives = "tool"},
	{.py = "letta_client", .names = "Letta", .gives = "letta"},
	{.on = "letta", .names = "agents.create", .does = AGENT, .what = "letta", .roles = "llm=model tools=tools prompt=system name=name", .flags = ROW_PREFIXED},

	/* Vercel AI SDK, Mastra */
	{.js = "ai", .names = "generateText streamText", .does = AGENT, .what = "ai-sdk", .roles = "llm=model tools=tools prompt=system,messages content=prompt,messages", .gives = "answer", .flags = ROW_CHAIN | ROW_CHAT | ROW_PREFIXED},
	{.js = "ai", .names = "generateObject streamObject", .does = AGENT, .what = "ai-sdk", .roles = "llm=model prompt=system,messages content=prompt,messages", .gives = "answer", .flags = ROW_CHAIN | ROW_CHAT | ROW_PREFIXED},
	{.js = "ai", .names = "Agent Experimental_Agent ToolLoopAgent", .does = AGENT, .what = "ai-sdk", .roles = "llm=model tools=tools prompt=system,instructions", .gives = "pai_agent", .flags = ROW_PREFIXED},
	{.js = "ai", .names = "tool dynamicTool", .does = TOOL, .what = "ai-sdk", .roles = "func=execute,#0.execute", .gives = "tool"},
	{.js = "@mastra/core", .names = "Agent agent.Agent", .does = AGENT, .what = "mastra", .roles = "llm=model tools=tools prompt=instructions name=name agents=agents", .gives = "mastra_agent", .flags = ROW_PREFIXED},
	{.js = "@mastra/core", .names = "createTool tools.createTool", .does = TOOL, .what = "mastra", .roles = "func=execute name=id", .gives = "tool"},
	{.js = "@mastra/rag", .names = "createVectorQueryTool", .does = TOOL, .what = "mastra", .roles = "collection=indexName store=vectorStore", .gives = "tool", .flags = ROW_RETRIEVER},
	{.on = "mastra_agent", .names = "generate stream", .does = DOES_INVOKE, .roles = "content=#0", .gives = "answer"},

	/* MCP */
	{.py = "mcp.server.fastmcp fastmcp mcp.server", .js = "fastmcp", .names = "FastMCP server.FastMCP fastmcp.FastMCP", .does = DOES_MCP_SERVER, .what = "fastmcp", .roles = "name=name,#0 auth=auth,auth_server_provider,token_verifier", .gives = "mcp"},
	{.py = "mcp.server mcp.server.lowlevel", .js = "@modelcontextprotocol/sdk/server @modelcontextprotocol/sdk", .names = "Server McpServer lowlevel.Server", .does = DOES_MCP_SERVER, .what = "mcp-sdk", .roles = "name=name,#0,#0.name", .gives = "mcp"},
	{.on = "mcp", .names = "tool registerTool addTool add_tool", .does = TOOL, .what = "mcp", .roles = "func=cb,execute,fn,#last name=name,#0", .gives = "tool"},
	{.on = "mcp", .names = "call_tool setRequestHandler", .does = TOOL, .what = "mcp", .roles = "func=#last", .gives = "tool"},
	{.on = "mcp", .names = "prompt registerPrompt resource registerResource list_tools list_resources read_resource list_prompts get_prompt custom_route", .does = DOES_HARMLESS},
	{.py = "mcp", .names = "client.sse.sse_client client.streamable_http.streamablehttp_client", .does = DOES_MCP_CLIENT, .what = "mcp-sdk", .roles = "url=url,#0"},
	{.py = "mcp", .names = "StdioServerParameters", .does = DOES_MCP_CLIENT, .what = "mcp-sdk", .roles = "command=command"},
	{.js = "@modelcontextprotocol/sdk", .names = "StdioClientTransport SSEClientTransport StreamableHTTPClientTransport", .does = DOES_MCP_CLIENT, .what = "mcp-sdk", .roles = "url=#0 command=command"},
	{.py = "langchain_mcp_adapters", .js = "@langchain/mcp-adapters", .names = "client.MultiServerMCPClient MultiServerMCPClient", .does = DOES_MCP_CLIENT, .what = "langchain", .gives = "mcp_tools"},
	{.on = "mcp_tools", .names = "get_tools getTools", .does = DOES_SAME, .flags = ROW_SAME_TYPE},

	/* Prompts and answers recorded elsewhere */
	{.py = "langfuse", .js = "langfuse langfuse-langchain", .names = "Langfuse get_client callback.CallbackHandler langchain.CallbackHandler CallbackHandler", .does = DOES_LOG, .what = "langfuse", .roles = "base=host,baseUrl", .gives = "log"},
	{.py = "langfuse", .names = "observe decorators.observe", .does = DOES_LOG, .what = "langfuse", .gives = "log"},
	{.py = "langsmith", .js = "langsmith", .names = "traceable wrappers.wrap_openai", .does = DOES_LOG, .what = "langsmith", .gives = "log"},
	{.py = "phoenix arize", .names = "otel.register launch_app", .does = DOES_LOG, .what = "phoenix", .gives = "log"},
	{.py = "mlflow", .names = "openai.autolog langchain.autolog", .does = DOES_LOG, .what = "mlflow", .gives = "log"},
	{.py = "traceloop", .names = "sdk.Traceloop.init", .does = DOES_LOG, .what = "traceloop", .gives = "log"},
	{.py = "helicone", .names = "*", .does = DOES_LOG, .what = "helicone", .gives = "log"},
	{.py = LC, .js = LCJS, .names = "PostgresChatMessageHistory RedisChatMessageHistory SQLChatMessageHistory MongoDBChatMessageHistory FileChatMessageHistory DynamoDBChatMessageHistory UpstashRedisChatMessageHistory", .does = DOES_LOG, .what = "chat history", .roles = "connection=connection_string,connection,url,#1", .gives = "log"},
	{.py = "langgraph.checkpoint", .js = "@langchain/langgraph-checkpoint-postgres @langchain/langgraph-checkpoint-sqlite", .names = "postgres.PostgresSaver.from_conn_string postgres.aio.AsyncPostgresSaver.from_conn_string sqlite.SqliteSaver.from_conn_string PostgresSaver.fromConnString SqliteSaver.fromConnString", .does = DOES_LOG, .what = "checkpoints", .roles = "connection=#0", .gives = "log"},
};
const struct row_table aisp_source__agents = {rows, sizeof rows / sizeof *rows};

const struct row_type aisp_source__types[] = {
	{"lc_llm", "lc_runnable"}, {"lc_agent", "lc_runnable"}, {"lc_prompt", "lc_runnable"}, {"graph", "lc_runnable"},
	{"lc_retriever", "lc_runnable"}, {"openai_azure", "openai"}, {"fastapi", "router_py"}, {"flask", "router_py"},
	{"jlc_model", "fluent"}, {"j_agent", "fluent"}, {"j_store", "fluent"}, {"sk_builder", "fluent"}, {"cs_ichat", "fluent"}, {"cs_agent", "fluent"},
	{"spring_chat", "fluent"}, {"rig_client", "fluent"}, {"rig_agent", "fluent"}, {"php_prism", "fluent"}, {"rb_llm", "fluent"},
	{"ado", "fluent"}, {"sqlx", "fluent"}, {"http_fluent", "fluent"}, {"asp_builder", "fluent"}, {"axum", "fluent"},
	{NULL, NULL},
};
const struct row_table *const aisp_source__tables[] = {
	&aisp_source__models, &aisp_source__agents, &aisp_source__data, &aisp_source__web,
	&aisp_source__rows_go, &aisp_source__rows_java, &aisp_source__rows_csharp, &aisp_source__rows_rust, &aisp_source__rows_ruby,
	&aisp_source__rows_php, NULL,
};
