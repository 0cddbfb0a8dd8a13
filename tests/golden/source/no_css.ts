import styled from "styled-components";

export const Button = styled.button`
  color: #gpt4o;
  content: "openai";
`;
export const theme = { model: "dark", colors: { agent: "#abcdef", tool: "#123456" } };
