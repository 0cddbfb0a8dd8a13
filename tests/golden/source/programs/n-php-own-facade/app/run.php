<?php
use App\Facades\OpenAI;

OpenAI::chat()->create(['model' => 'gpt-4o']);
