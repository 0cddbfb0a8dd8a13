dependencies {
  implementation("com.openai:openai-java:0.1.0")
  implementation platform('dev.langchain4j:langchain4j-bom:1.0')
  testImplementation("junit:junit:4")
}
