RUN nothing
