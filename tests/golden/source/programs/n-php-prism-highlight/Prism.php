<?php
namespace App\Highlight;

class Prism
{
    public static function text(): self { return new self(); }
    public function using(string $lang, string $theme): self { return $this; }
}
echo Prism::text()->using('php', 'claude-dark');
