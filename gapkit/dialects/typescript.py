from gapkit.dialects.typescript_tokens import tokens
from gapkit.dialects.typescript_syntax import Parser
def parse(text): return Parser(tokens(text)).program()
