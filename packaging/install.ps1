<#
.SYNOPSIS
Installs porthole for Windows (x64): downloads a release, checks its SHA-256, and puts the program in a
folder. It needs no administrator, and leaves nothing behind when it fails.

.DESCRIPTION
    irm https://github.com/OWNER/porthole/releases/latest/download/install.ps1 | iex

What it heeds in the environment:

    VERSION                which version, as 1.2.3 or v1.2.3; otherwise the newest
    INSTALL_DIR            where to; otherwise %LOCALAPPDATA%\Programs\porthole
    PORTHOLE_RELEASES_URL  a mirror of the releases: https, or http on this machine. It has the files
                           latest/download/checksums.txt and download/vVERSION/ASSET
#>
# Everything is in one block, called by the last line: a script that was cut off in mid-download does
# nothing. It throws and never exits: with `iex` it runs in the user's own shell.
$InstallPorthole = {
    Set-StrictMode -Version 2.0
    $ErrorActionPreference = 'Stop'
    # Windows PowerShell 5.1 draws its progress more slowly than it downloads, and offers TLS 1.0 first.
    $ProgressPreference = 'SilentlyContinue'
    [Net.ServicePointManager]::SecurityProtocol =
        [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12

    $releases = 'https://github.com/OWNER/porthole/releases'

    function Get-ReleasesUrl {
        $base = $releases
        if ($env:PORTHOLE_RELEASES_URL) { $base = $env:PORTHOLE_RELEASES_URL }
        $base = $base.TrimEnd('/')
        if ($base -clike 'https://github.com/OWNER/*') {
            throw "Cannot determine where porthole's releases are: this copy of install.ps1 is not from a release. Take it from a release, or set PORTHOLE_RELEASES_URL"
        }
        $uri = $null
        $valid = [Uri]::TryCreate($base, [UriKind]::Absolute, [ref] $uri)
        if (-not $valid -or -not ($uri.Scheme -eq 'https' -or ($uri.Scheme -eq 'http' -and $uri.IsLoopback))) {
            throw "Cannot use PORTHOLE_RELEASES_URL=${base}: it is neither https nor http on this machine"
        }
        return $base
    }

    function Get-WantedVersion {
        if (-not $env:VERSION) { return '' }
        $version = $env:VERSION -replace '^v', ''
        if ($version -cnotmatch '^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$') {
            throw "Cannot use VERSION=$($env:VERSION): it is not of the form 1.2.3. Leave it out for the newest"
        }
        return $version
    }

    function Assert-Platform {
        if ([Environment]::OSVersion.Platform -ne [PlatformID]::Win32NT) {
            throw 'Cannot install with install.ps1 here: it is for Windows. Use install.sh'
        }
        # A 32-bit PowerShell on 64-bit Windows has the machine's own name in the second one.
        $processor = $env:PROCESSOR_ARCHITECTURE
        if ($env:PROCESSOR_ARCHITEW6432) { $processor = $env:PROCESSOR_ARCHITEW6432 }
        # Windows 11 on arm64 runs x64 programs.
        if ($processor -ne 'AMD64' -and $processor -ne 'ARM64') {
            throw "Cannot install on Windows ${processor}: porthole is built for 64-bit Windows (x64)"
        }
    }

    function Get-ReleaseFile([string] $Url, [string] $Path) {
        try {
            Invoke-WebRequest -UseBasicParsing -Uri $Url -OutFile $Path
        } catch {
            throw "Cannot download ${Url}: $($_.Exception.Message)"
        }
    }

    function Get-ExpectedSum([string] $Path, [string] $Asset) {
        $lines = @(Get-Content -LiteralPath $Path | Where-Object {
            $_ -cmatch '^([0-9a-f]{64}) [ *](\S+)$' -and $Matches[2] -ceq $Asset
        })
        if ($lines.Count -ne 1) {
            throw "Cannot verify ${Asset}: checksums.txt has $($lines.Count) lines for it, and not one"
        }
        return $lines[0].Substring(0, 64)
    }

    Assert-Platform
    $base = Get-ReleasesUrl
    $version = Get-WantedVersion
    $folder = $env:INSTALL_DIR
    if (-not $folder) { $folder = Join-Path $env:LOCALAPPDATA 'Programs\porthole' }
    $folder = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($folder)

    $work = Join-Path ([IO.Path]::GetTempPath()) ('porthole-' + [Guid]::NewGuid().ToString('N'))
    $staged = ''
    $isNew = -not (Test-Path -LiteralPath $folder)
    $done = $false
    New-Item -ItemType Directory -Path $work | Out-Null
    try {
        $sums = Join-Path $work 'checksums.txt'
        if ($version) {
            Get-ReleaseFile "$base/download/v$version/checksums.txt" $sums
        } else {
            Get-ReleaseFile "$base/latest/download/checksums.txt" $sums
            $names = @(Get-Content -LiteralPath $sums | ForEach-Object {
                if ($_ -cmatch '^[0-9a-f]{64} [ *]porthole_([0-9A-Za-z.-]+)_windows_x64\.zip$') { $Matches[1] }
            })
            if ($names.Count -ne 1) {
                throw "Cannot find porthole for Windows: $base/latest/download/checksums.txt does not name it. Set VERSION to a version that has it"
            }
            $version = $names[0]
        }

        $asset = "porthole_${version}_windows_x64.zip"
        $expected = Get-ExpectedSum $sums $asset
        Write-Host "Downloading $asset"
        $archive = Join-Path $work $asset
        Get-ReleaseFile "$base/download/v$version/$asset" $archive
        $actual = (Get-FileHash -Algorithm SHA256 -LiteralPath $archive).Hash.ToLowerInvariant()
        if ($actual -cne $expected) {
            throw "Cannot use ${asset}: its SHA-256 is $actual, and checksums.txt says $expected"
        }

        $unpacked = Join-Path $work 'unpacked'
        Expand-Archive -LiteralPath $archive -DestinationPath $unpacked
        New-Item -ItemType Directory -Force -Path $folder | Out-Null
        # In the folder itself, under another name until it has shown that it runs.
        $staged = Join-Path $folder ('.porthole-' + [Guid]::NewGuid().ToString('N') + '.exe')
        Copy-Item -LiteralPath (Join-Path $unpacked 'porthole.exe') -Destination $staged
        $said = (& $staged version) -join ' '
        if ($LASTEXITCODE -ne 0 -or -not $said.StartsWith("porthole $version")) {
            throw "Cannot use ${asset}: `"porthole version`" ended with $LASTEXITCODE and said: $said"
        }
        Move-Item -Force -LiteralPath $staged -Destination (Join-Path $folder 'porthole.exe')
        $staged = ''
        $done = $true
    } finally {
        if ($staged -and (Test-Path -LiteralPath $staged)) { Remove-Item -Force -LiteralPath $staged }
        Remove-Item -Recurse -Force -LiteralPath $work
        if (-not $done -and $isNew -and (Test-Path -LiteralPath $folder)) {
            Remove-Item -Recurse -Force -LiteralPath $folder
        }
    }

    Write-Host "Installed porthole $version as $(Join-Path $folder 'porthole.exe')"
    if (($env:PATH -split ';') -notcontains $folder) {
        Write-Host "hint: $folder is not in PATH: add it there, in the settings of your account"
    }
}
& $InstallPorthole
