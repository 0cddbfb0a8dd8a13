<?php
$title = 'Anthropic announces claude-3-opus';
echo "<p>\$client->chat()->create(['model' => 'gpt-4'])</p>";
