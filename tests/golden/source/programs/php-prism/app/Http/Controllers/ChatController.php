<?php

namespace App\Http\Controllers;

use Prism\Prism\Prism;
use Prism\Prism\Enums\Provider;
use Prism\Prism\Facades\Tool;

class ChatController extends Controller
{
    public function store(Request $request)
    {
        $weather = Tool::as('weather')
            ->for('Get current weather conditions')
            ->withStringParameter('city', 'The city')
            ->using(fn (string $city): string => "sunny in {$city}");

        $response = Prism::text()
            ->using(Provider::Anthropic, 'claude-3-7-sonnet-latest')
            ->withSystemPrompt('You are helpful.')
            ->withPrompt($request->input('message'))
            ->withTools([$weather])
            ->asText();

        return $response->text;
    }
}
