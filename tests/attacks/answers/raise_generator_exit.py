    raise GeneratorExit
