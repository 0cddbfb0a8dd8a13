export default function Page() {
  return (
    <main>
      <h1>OpenAI gpt-4o agents and tools</h1>
      <select name="model">
        <option value="gpt-4o">gpt-4o</option>
      </select>
    </main>
  );
}
